/**
 * Sends a message, consumes it, and asks afterwards what became of it: the message by its key, and its traces by its
 * id.
 *
 *   node --import tsx examples/14-trace/main.ts
 *
 * ROCKETMQ_NAME_SERVER=host:port uses that server; its brokers should have traceTopicEnable=true.
 */
import { openClient } from 'rocketstream/client'
import { startEmbedded } from 'rocketstream/embedded'

const given = process.env['ROCKETMQ_NAME_SERVER']
const embedded = given === undefined ? await startEmbedded({ port: 0, storePath: '.rocketstream' }) : undefined
const client = await openClient({ nameServer: given ?? embedded?.nameServer ?? '', trace: true })
const key = `order-${process.pid}`

const producer = await client.producer({ group: 'shop' })
const { messageId } = await producer.send({ topic: 'Orders', tag: 'new', keys: [key], body: Buffer.from('two books') })
await producer[Symbol.asyncDispose]()

const consumer = await new Promise<AsyncDisposable>((resolve) => {
  const opening = client.pushConsumer({
    group: 'warehouse',
    subscriptions: [{ topic: 'Orders' }],
    from: 'first',
    listener: (message) => (message.messageId === messageId ? resolve(opening) : undefined),
  })
})
// Traces are written up to 5 s late; closing writes them at once.
await consumer[Symbol.asyncDispose]()

for (const { body, tag, storeHost } of await client.queryMessages('Orders', key)) {
  process.stdout.write(`${key} is "${body}" with tag ${tag}, at broker ${storeHost}\n`)
}
const traces = await client.queryTrace(messageId)
for (const trace of traces) {
  const what = { Pub: 'sent by', SubBefore: 'handed to', SubAfter: 'done by', EndTransaction: '', Recall: '' }[
    trace.type
  ]
  const how = 'success' in trace ? `, ${trace.success ? 'well' : 'badly'}` : ''
  process.stdout.write(`${new Date(trace.timestamp).toISOString()} ${what} ${trace.group}${how}\n`)
}
process.exitCode = traces.length === 3 ? 0 : 1

await client[Symbol.asyncDispose]()
await embedded?.[Symbol.asyncDispose]()
