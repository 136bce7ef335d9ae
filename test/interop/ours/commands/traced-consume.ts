/**
 * `traced-consume --namesrv A --topic T --group G [--trace-topic X]`: takes the message with a tag and throws at the
 * other one.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { openClient } from 'rocketstream/client'
import type { Args } from '../args.ts'
import { print } from '../out.ts'

export async function run(args: Args): Promise<boolean> {
  const trace = args.has('trace-topic') ? { topic: args.text('trace-topic') } : true
  await using client = await openClient({ nameServer: args.text('namesrv'), trace })
  let seen = 0
  const consumer = await client.pushConsumer({
    group: args.text('group'),
    subscriptions: [{ topic: args.text('topic') }],
    from: 'first',
    delayLevelWhenNextConsume: -1,
    listener({ body, messageId, tag }) {
      print({ body: body.toString(), msgId: messageId })
      seen++
      if (tag === undefined) throw new Error('refused by the test')
    },
  })
  const untilMs = performance.now() + 60_000
  while (seen < 2 && performance.now() < untilMs) await wait(20)
  await consumer[Symbol.asyncDispose]()
  print({ done: { complete: seen === 2 } })
  return seen === 2
}
