/**
 * `refuse --namesrv A --topic T --group G [--modulo M] [--level L] [--max-reconsume N] [--expect N] [--idle-ms ms]`:
 * refuses message `x-n` for `n % M` deliveries and reports every delivery with its properties.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { openClient } from 'rocketstream/client'
import type { Args } from '../args.ts'
import { print } from '../out.ts'

export async function run(args: Args): Promise<boolean> {
  const [modulo, level] = [args.number('modulo', 1), args.number('level', 0)]
  await using client = await openClient({ nameServer: args.text('namesrv') })
  let deliveries = 0
  let stopped = false
  process.once('SIGTERM', () => {
    stopped = true
  })
  const consumer = await client.pushConsumer({
    group: args.text('group'),
    subscriptions: [{ topic: args.text('topic') }],
    from: 'first',
    maxReconsumeTimes: args.number('max-reconsume', 16),
    listener(message, context) {
      context.delayLevelWhenNextConsume = level
      const id = message.body.toString().split(' ', 1)[0] ?? ''
      const refuse = message.reconsumeTimes < Number(id.slice(id.lastIndexOf('-') + 1)) % modulo
      const { topic, reconsumeTimes, tag, keys, bornTimestamp, storeTimestamp, properties } = message
      const facts = { id, topic, reconsumeTimes, tags: tag, keys: keys.join(' '), bornTimestamp, storeTimestamp }
      print({ ...facts, ...(refuse ? { refused: true } : {}), properties })
      deliveries++
      if (refuse) throw new Error('refused by the test')
    },
  })
  print({ ready: true })
  const untilMs = performance.now() + args.number('timeout-ms', 60_000)
  while (!stopped && performance.now() < untilMs && deliveries < args.number('expect', Number.MAX_SAFE_INTEGER)) {
    await wait(20)
  }
  const idleUntilMs = performance.now() + args.number('idle-ms', 1500)
  while (!stopped && performance.now() < idleUntilMs) await wait(20)
  await consumer[Symbol.asyncDispose]()
  print({ done: { deliveries } })
  return true
}
