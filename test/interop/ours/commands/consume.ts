/**
 * `consume --namesrv A --topic T --group G [--sub "a || b"] [--expect N] [--idle-ms ms] [--timeout-ms ms] [--fail-first N]`
 */
import { setTimeout as wait } from 'node:timers/promises'
import { openClient } from 'rocketstream/client'
import type { Args } from '../args.ts'
import { print } from '../out.ts'

export async function run(args: Args): Promise<boolean> {
  const expected = args.number('expect', Number.POSITIVE_INFINITY)
  const idleMs = args.number('idle-ms', 1000)
  await using client = await openClient({ nameServer: args.text('namesrv') })
  const seen = new Set<string>()
  const refused = new Set<string>()
  let received = 0
  let duplicates = 0
  let failuresLeft = args.number('fail-first', 0)
  let lastMs = performance.now()
  let stopped = false
  process.once('SIGTERM', () => {
    stopped = true
  })
  const consumer = await client.pushConsumer({
    group: args.text('group', 'G'),
    subscriptions: [{ topic: args.text('topic'), expression: args.text('sub', '*') }],
    listener(message) {
      const id = message.body.toString().trimEnd()
      const refuse = message.reconsumeTimes === 0 && (refused.has(id) || failuresLeft-- > 0)
      received++
      lastMs = performance.now()
      if (refuse) refused.add(id)
      else if (seen.has(id)) duplicates++
      else seen.add(id)
      const { queueId, queueOffset, reconsumeTimes, topic, tag, keys } = message
      print({
        id,
        topic,
        queueId,
        queueOffset,
        reconsumeTimes,
        tags: tag,
        keys: keys.join(' '),
        ...(refuse ? { refused: true } : {}),
      })
      if (refuse) throw new Error('refused by the test')
    },
  })
  print({ ready: true })
  const untilMs = performance.now() + args.number('timeout-ms', 120_000)
  const complete = (): boolean => seen.size >= expected
  while (!stopped && performance.now() < untilMs) {
    if (complete() && performance.now() - lastMs >= idleMs) break
    await wait(20)
  }
  await consumer[Symbol.asyncDispose]()
  print({
    done: {
      received,
      unique: seen.size,
      duplicates,
      refused: refused.size,
      complete: complete(),
      stoppedBySignal: stopped,
    },
  })
  return complete() || stopped
}
