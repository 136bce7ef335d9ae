/**
 * One topic, several kinds of messages: tags, chosen by the broker, and conditions, chosen by the listener.
 *
 *   node --import tsx examples/08-tags/main.ts
 */
import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import {
  EnableBinding,
  Header,
  Input,
  MessageBuilder,
  type MessageChannel,
  Output,
  Payload,
  StreamApplication,
  StreamListener,
  type SubscribableChannel,
} from 'rocketstream'

class Channels {
  @Output('orders') orders!: () => MessageChannel
  @Input('priority') priority!: () => SubscribableChannel
  @Input('all') all!: () => SubscribableChannel
}

interface Order {
  readonly id: number
  readonly run: string
}

/** What an earlier run may have left in the topic is told apart by this. */
const run = randomUUID()
const seen = { priority: [] as number[], silver: [] as number[], others: [] as number[] }

@EnableBinding(Channels)
class OrderService {
  @StreamListener('priority')
  onPriority(@Payload() order: Order, @Header('ROCKET_TAGS') tag: string): void {
    if (order.run === run) seen.priority.push(order.id)
    process.stdout.write(`priority desk: order ${order.id}, ${tag}\n`)
  }

  @StreamListener('all', { condition: "headers['ROCKET_TAGS'] == 'silver'" })
  onSilver(@Payload() order: Order): void {
    if (order.run === run) seen.silver.push(order.id)
  }

  @StreamListener('all', { condition: "headers['ROCKET_TAGS'] != 'silver'" })
  onOther(@Payload() order: Order): void {
    if (order.run === run) seen.others.push(order.id)
  }
}

const app = await StreamApplication.run(OrderService, { directory: fileURLToPath(new URL('.', import.meta.url)) })
const tags = ['vip', 'gold', 'silver', 'bronze']
for (let id = 0; id < 12; id++) {
  const order = MessageBuilder.withPayload({ id, run }).setHeader('TAGS', tags[id % tags.length])
  await app.channel('orders').send(order.build())
}
const got = (): number[] => [seen.priority, seen.silver, seen.others].map((ids) => new Set(ids).size)
const wanted = [6, 3, 9]
const untilMs = performance.now() + 30_000
const done = (): boolean => got().every((count, at) => count >= (wanted[at] ?? 0))
while (!done() && performance.now() < untilMs) await new Promise((resolve) => setTimeout(resolve, 20))
await app.close()

const isRight = got().join() === wanted.join() && seen.priority.every((id) => id % 4 < 2)
process.stdout.write(
  isRight
    ? 'of 12 orders the priority desk got the 6 of its tags, and the warehouse all, 3 of them silver\n'
    : `NOT RIGHT: ${JSON.stringify(seen)}\n`,
)
process.exitCode = isRight ? 0 : 1
