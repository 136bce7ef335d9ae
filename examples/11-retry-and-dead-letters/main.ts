/**
 * What becomes of a message whose listener fails: tries in the process, deliveries by the broker, the dead letters.
 *
 *   npx tsx examples/11-retry-and-dead-letters/main.ts
 */
import { fileURLToPath } from 'node:url'
import {
  EnableBinding,
  type ErrorMessage,
  Header,
  Input,
  Message,
  MessageBuilder,
  type MessageChannel,
  Output,
  Payload,
  rejectToDeadLetters,
  StreamApplication,
  StreamListener,
  type SubscribableChannel,
} from 'rocketstream'

interface Order {
  readonly run: string
  readonly card: 'good' | 'busy' | 'blocked' | 'unknown'
}

class Channels {
  @Output('orders') readonly orders!: () => MessageChannel
  @Input('payments') readonly payments!: () => SubscribableChannel
  @Input('dead') readonly dead!: () => SubscribableChannel
}

const run = `${process.pid}-${Date.now()}`

@EnableBinding(Channels)
class Payments {
  readonly tries: Record<string, number> = {}
  readonly dead: string[] = []

  @StreamListener('payments')
  pay(@Payload() order: Order, @Header('ROCKET_RECONSUME_TIMES') delivery: number): void {
    if (order.run !== run) return
    this.tries[order.card] = (this.tries[order.card] ?? 0) + 1
    if (order.card === 'unknown') throw rejectToDeadLetters('no bank has this card')
    if (order.card === 'blocked' || (order.card === 'busy' && delivery === 0))
      throw new Error(`bank says: ${order.card}`)
  }

  // Sees every failure, after the last try of each delivery. A listener of payment-orders.payments.errors would take
  // it.
  @StreamListener('errorChannel')
  onFailure(@Message() { payload, headers }: ErrorMessage): void {
    process.stdout.write(`delivery ${headers['ROCKET_RECONSUME_TIMES']} failed: ${payload.message}\n`)
  }

  @StreamListener('dead')
  bury(order: Order): void {
    if (order.run === run) this.dead.push(order.card)
  }
}

const app = await StreamApplication.run(Payments, { directory: fileURLToPath(new URL('.', import.meta.url)) })
for (const card of ['good', 'busy', 'blocked', 'unknown'])
  await app.channel('orders').send(MessageBuilder.withPayload({ run, card }).build())

const { tries, dead } = app.get(Payments)
const limitMs = performance.now() + 40_000
while (dead.length < 2 && performance.now() < limitMs) await new Promise((resolve) => setTimeout(resolve, 20))
await app.close()

process.stdout.write(`tries: ${JSON.stringify(tries)}, dead letters: ${dead.join(', ')}\n`)
// good: 1; busy: 2 here + 1 in the second delivery; blocked: 2 × 3 deliveries; unknown: 1.
const right = tries['good'] === 1 && tries['busy'] === 3 && tries['blocked'] === 6 && tries['unknown'] === 1
process.stdout.write(right && dead.length === 2 ? 'each message had the tries it was due\n' : 'NOT RIGHT\n')
process.exitCode = right && dead.length === 2 ? 0 : 1
