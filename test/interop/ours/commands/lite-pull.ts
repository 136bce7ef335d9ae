/**
 * `lite-pull --namesrv A --topic T --group G [--sub "a || b"] [--from last] [--expect N] [--idle-ms ms] [--timeout-ms ms]`
 */
import { openClient } from 'rocketstream/client'
import type { Args } from '../args.ts'
import { print } from '../out.ts'
import { Tally } from '../tally.ts'

export async function run(args: Args): Promise<boolean> {
  const tally = new Tally(args)
  await using client = await openClient({ nameServer: args.text('namesrv') })
  const consumer = await client.litePullConsumer({
    group: args.text('group'),
    subscriptions: [{ topic: args.text('topic'), expression: args.text('sub', '*') }],
    from: args.text('from', 'first') === 'last' ? 'last' : 'first',
  })
  print({ ready: true })
  while (tally.goesOn) {
    for (const message of await consumer.poll({ timeoutMs: 200 })) tally.add(message)
  }
  await consumer.commit()
  await consumer[Symbol.asyncDispose]()
  return tally.end()
}
