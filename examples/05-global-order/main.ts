/**
 * Global order: a topic with a single queue, and a service that takes its messages in order, although one of them fails
 * at first.
 *
 *   npx tsx examples/05-global-order/main.ts [--spring.cloud.stream.rocketmq.binder.name-server=host:port]
 */
import { fileURLToPath } from 'node:url'
import { EnableBinding, Sink, StreamApplication, StreamListener } from 'rocketstream'
import { openClient } from 'rocketstream/client'

const KEY = '--spring.cloud.stream.rocketmq.binder.name-server='
const COUNT = 12
const run = `${process.pid}-${Date.now()}`
const received: string[] = []
let failed = false

@EnableBinding(Sink)
class OrderlyConsumer {
  @StreamListener('input')
  receive(text: string): void {
    if (!text.endsWith(run)) return
    if (text.startsWith('( 5 )') && !failed) {
      failed = true
      throw new Error('the database is away for a moment')
    }
    received.push(text)
    process.stdout.write(`input receive: ${text}\n`)
  }
}

const app = await StreamApplication.run(OrderlyConsumer, { directory: fileURLToPath(new URL('.', import.meta.url)) })
// Without a name server on the command line the service has found, or started, the one on this machine.
const nameServer = process.argv.find((argument) => argument.startsWith(KEY))?.slice(KEY.length) ?? '127.0.0.1:9876'
const client = await openClient({ nameServer })
// The first message creates the topic: with one queue, all its messages have one order.
const producer = await client.producer({ group: 'producer_group', defaultTopicQueues: 1 })
const sent = Array.from({ length: COUNT }, (_, i) => `( ${i} )message from GlobalProducer ${run}`)
for (const text of sent) {
  await producer.send({
    topic: 'Global-Orderly-Topic',
    tag: 'Global_Orderly_Tag',
    keys: ['Global_Orderly_Tag'],
    body: Buffer.from(text),
  })
}
const untilMs = performance.now() + 20_000
while (received.length < COUNT && performance.now() < untilMs) await new Promise((resolve) => setTimeout(resolve, 20))
await client[Symbol.asyncDispose]()
await app.close()

const inOrder = JSON.stringify(received) === JSON.stringify(sent)
process.stdout.write(
  inOrder ? `all ${COUNT} messages came in the order of sending, although one failed at first\n` : 'NOT RIGHT\n',
)
process.exitCode = inOrder ? 0 : 1
