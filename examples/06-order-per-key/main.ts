/**
 * Order per key: messages of one order share a queue and come in order; different orders are worked on at the same
 * time. A service sends by `partition-key-expression`, a plain producer by the same key's hash.
 *
 *   npx tsx examples/06-order-per-key/main.ts [--spring.cloud.stream.rocketmq.binder.name-server=host:port]
 */
import { fileURLToPath } from 'node:url'
import { EnableBinding, MessageBuilder, Processor, StreamApplication, StreamListener } from 'rocketstream'
import { openClient, queueByHash } from 'rocketstream/client'

interface Step {
  readonly run: string
  readonly orderId: number
  readonly step: number
}

const KEY = '--spring.cloud.stream.rocketmq.binder.name-server='
const ORDERS = [1, 2, 3, 4, 5, 6]
const STEPS = 8
const run = `${process.pid}-${Date.now()}`
const received = new Map<number, number[]>(ORDERS.map((orderId) => [orderId, []]))
let running = 0
let mostRunning = 0

@EnableBinding(Processor)
class OrderService {
  @StreamListener('input')
  async onStep({ run: from, orderId, step }: Step): Promise<void> {
    if (from !== run) return
    mostRunning = Math.max(mostRunning, ++running)
    await new Promise((resolve) => setTimeout(resolve, 5))
    received.get(orderId)?.push(step)
    running--
  }
}

const app = await StreamApplication.run(OrderService, { directory: fileURLToPath(new URL('.', import.meta.url)) })
// Without a name server on the command line the service has found, or started, the one on this machine.
const nameServer = process.argv.find((argument) => argument.startsWith(KEY))?.slice(KEY.length) ?? '127.0.0.1:9876'
const client = await openClient({ nameServer })
const producer = await client.producer({ group: 'producer_group' })
for (let step = 0; step < STEPS; step++) {
  for (const orderId of ORDERS) {
    const payload: Step = { run, orderId, step }
    if (step % 2 === 0) await app.channel('output').send(MessageBuilder.withPayload(payload).build())
    else {
      const body = Buffer.from(JSON.stringify(payload))
      await producer.send({ topic: 'Partly-Orderly-Topic', body }, { queue: queueByHash(orderId) })
    }
  }
}
const missing = (): boolean => [...received.values()].some((steps) => steps.length < STEPS)
const untilMs = performance.now() + 20_000
while (missing() && performance.now() < untilMs) await new Promise((resolve) => setTimeout(resolve, 20))
await client[Symbol.asyncDispose]()
await app.close()

for (const [orderId, steps] of received) process.stdout.write(`order ${orderId}: steps ${steps.join(' ')}\n`)
const inOrder = [...received.values()].every(
  (steps) => steps.length === STEPS && steps.every((step, at) => step === at),
)
process.stdout.write(
  inOrder ? `${ORDERS.length} orders, each in order, up to ${mostRunning} at the same time\n` : 'NOT RIGHT\n',
)
process.exitCode = inOrder ? 0 : 1
