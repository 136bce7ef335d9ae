/** `consume-batches --namesrv A --topic T --group G --consume-batch N --bad N --expect N`; see the Java driver. */
import { setTimeout as wait } from 'node:timers/promises'
import { openClient } from 'rocketstream/client'
import type { Args } from '../args.ts'
import { print } from '../out.ts'

export async function run(args: Args): Promise<boolean> {
  const bad = args.number('bad', 7)
  const expected = args.number('expect', 1)
  const acknowledged = new Map<string, number>()
  const refused = new Set<string>()
  let largest = 0
  await using client = await openClient({ nameServer: args.text('namesrv') })
  await client.pushConsumer({
    group: args.text('group'),
    from: 'first',
    subscriptions: [{ topic: args.text('topic') }],
    batchSize: args.number('consume-batch', 8),
    batchListener(messages, context) {
      largest = Math.max(largest, messages.length)
      context.delayLevelWhenNextConsume = 1
      for (const [at, { body, reconsumeTimes }] of messages.entries()) {
        const id = body.toString().split(' ')[0] as string
        if (reconsumeTimes === 0 && Number(id.split('-').at(-1)) % bad === 0) {
          refused.add(id)
          context.ackIndex = at - 1
          return
        }
        acknowledged.set(id, (acknowledged.get(id) ?? 0) + 1)
      }
    },
  })
  print({ ready: true })
  const untilMs = performance.now() + 60_000
  while (acknowledged.size < expected && performance.now() < untilMs) await wait(20)
  const twice = [...acknowledged.values()].filter((times) => times > 1).length
  print({ done: { acknowledged: acknowledged.size, twice, refused: refused.size, largest } })
  return acknowledged.size >= expected
}
