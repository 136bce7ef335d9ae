/**
 * `consume-orderly --namesrv A --topic T --group G [--fail-every N] [--fail-key K] [--work-ms ms] [--max-reconsume N]`,
 * as Java's.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { openClient } from 'rocketstream/client'
import type { Args } from '../args.ts'
import { print } from '../out.ts'

export async function run(args: Args): Promise<boolean> {
  const failEvery = args.number('fail-every', 0)
  const failKey = args.text('fail-key', '')
  const workMs = args.number('work-ms', 0)
  let stopped = false
  process.once('SIGTERM', () => {
    stopped = true
  })
  await using client = await openClient({
    nameServer: args.text('namesrv'),
    pollNameServerMs: 1000,
    persistOffsetsMs: args.number('persist-ms', 1000),
  })
  const consumer = await client.pushConsumer({
    group: args.text('group'),
    subscriptions: [{ topic: args.text('topic') }],
    from: 'first',
    ...(args.has('max-reconsume') ? { maxReconsumeTimes: args.number('max-reconsume', 0) } : {}),
    orderly: {
      suspendMs: args.number('suspend-ms', 10),
      async listener({ body, queueId, reconsumeTimes }) {
        const id = body.toString().trimEnd().split(' ')[0] ?? ''
        const [key = '', number = ''] = id.split(':')
        const failsNow = failEvery > 0 && Number(number) % failEvery === failEvery - 1 && reconsumeTimes === 0
        const fails = failsNow || key === failKey
        print({ begin: id, queueId, reconsumeTimes, at: Date.now() })
        if (workMs > 0) await wait(workMs)
        print({ end: id, ok: !fails, at: Date.now() })
        if (fails) throw new Error('refused by the test')
      },
    },
  })
  print({ ready: true })
  const untilMs = performance.now() + args.number('timeout-ms', 120_000)
  while (!stopped && performance.now() < untilMs) await wait(20)
  await consumer[Symbol.asyncDispose]()
  print({ done: { stoppedBySignal: stopped } })
  return stopped
}
