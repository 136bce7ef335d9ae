/** The three ways to send: awaited, many at a time, and without an answer. */
import { openClient, type SendResult } from 'rocketstream/client'
import { startEmbedded } from 'rocketstream/embedded'

const given = process.env['ROCKETMQ_NAME_SERVER']
const server = given === undefined ? await startEmbedded({ port: 0 }) : undefined
const client = await openClient({ nameServer: given ?? server?.nameServer ?? '' })
const producer = await client.producer({ group: 'send-modes', inFlightMax: 64 })
const run = `${process.pid}`
const message = (text: string) => ({ topic: 'SendModes', tag: run, body: Buffer.from(text) })

// Synchronous: the broker has stored the message when send() resolves.
const { status, queue, queueOffset } = await producer.send(message('sync'))
process.stdout.write(`sync: ${status}, queue ${queue.queueId} of ${queue.brokerName}, offset ${queueOffset}\n`)

// Asynchronous: results come later; ready() slows the loop down to what the broker takes.
const sends: Promise<SendResult>[] = []
for (let n = 0; n < 1000; n++) {
  await producer.ready()
  sends.push(producer.send(message(`async ${n}`)))
}
const results = await Promise.allSettled(sends)
process.stdout.write(`async: ${results.filter((result) => result.status === 'fulfilled').length} of 1000 stored\n`)

// One-way: nobody answers; for what may be lost, such as measurements.
for (let n = 0; n < 100; n++) await producer.sendOneway(message(`one-way ${n}`))

const seen = new Set<string>()
await client.pushConsumer({
  group: `send-modes-${run}`,
  from: 'first',
  subscriptions: [{ topic: 'SendModes', expression: run }],
  listener: ({ body }) => void seen.add(body.toString()),
})
while (seen.size < 1101) await new Promise((resolve) => setTimeout(resolve, 10))
process.stdout.write(`received ${seen.size} messages: 1 sync, 1000 async, 100 one-way\n`)
await client[Symbol.asyncDispose]()
await server?.[Symbol.asyncDispose]()
