/**
 * `transact --namesrv A --topic T --group G [--count N] [--local commit,rollback,unknown,throw] [--check commit] [--prefix P] [--expect-checks N] [--timeout-ms ms] [--traced yes]`:
 * see `test/interop/java/Transact.java`.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { openClient, type TransactionState } from 'rocketstream/client'
import type { Args } from '../args.ts'
import { print } from '../out.ts'

/** The names of Java's client. */
const NAMES = { commit: 'COMMIT_MESSAGE', rollback: 'ROLLBACK_MESSAGE', unknown: 'UNKNOW' } as const

export async function run(args: Args): Promise<boolean> {
  const topic = args.text('topic')
  const local = args.text('local', 'commit').split(',')
  const check = args.text('check', 'unknown').split(',')
  const expected = args.number('expect-checks', 0)
  const checked = new Set<string>()
  let [sent, executed, decided, stopped] = [0, 0, 0, false]
  process.once('SIGTERM', () => {
    stopped = true
  })
  const nameServer = args.text('namesrv')
  const client = await openClient({ nameServer, heartbeatMs: 1000, pollNameServerMs: 1000, trace: args.has('traced') })
  const producer = await client.transactionProducer({
    group: args.text('group'),
    sendTimeoutMs: 10_000,
    async check(message) {
      const { checkTimes: times, transactionId } = message
      const state = stateOf(check[Math.min(times, check.length) - 1] ?? '')
      const id = message.body.toString().trimEnd()
      checked.add(id)
      const hasTransactionId = transactionId === message.messageId
      print({
        checked: id,
        times,
        topic: message.topic,
        keys: message.keys.join(' '),
        state: NAMES[state],
        hasTransactionId,
      })
      if (state !== 'unknown') decided++
      return state
    },
  })
  print({ ready: true })
  for (let n = 0; n < args.number('count', 1); n++) {
    const id = `${args.text('prefix', 'm')}-${n}`
    const message = { topic, tag: 't', keys: [id], body: Buffer.from(id.padEnd(args.number('size', 64))) }
    const result = await producer.sendInTransaction(message, async () => {
      executed++
      return stateOf(local[n % local.length] ?? '')
    })
    sent++
    const hasTransactionId = result.transactionId === result.messageId
    const { messageId: msgId, status } = result
    print({ sent: id, msgId, status, state: NAMES[result.state], hasTransactionId })
  }
  const untilMs = performance.now() + args.number('timeout-ms', 60_000)
  while (!stopped && decided < expected && performance.now() < untilMs) await wait(20)
  await client[Symbol.asyncDispose]()
  print({ done: { sent, executed, checkedMessages: checked.size, decidedByCheck: decided } })
  return decided >= expected
}

function stateOf(word: string): TransactionState {
  if (word === 'throw') throw new Error('as the test wants it')
  return word === 'commit' || word === 'rollback' ? word : 'unknown'
}
