/** Sends a list in few requests, and consumes it in lists, some of whose messages are given back. */
import { openClient } from 'rocketstream/client'
import { startEmbedded } from 'rocketstream/embedded'

const given = process.env['ROCKETMQ_NAME_SERVER']
const server = given === undefined ? await startEmbedded({ port: 0 }) : undefined
const client = await openClient({ nameServer: given ?? server?.nameServer ?? '' })
const producer = await client.producer({ group: 'batch', compression: 'lz4' })
const run = `${process.pid}`

// Any number of messages: cut at 1 MiB, one result each.
const orders = Array.from({ length: 500 }, (_, n) => ({
  topic: 'BatchOrders',
  tag: run,
  keys: [`order-${n}`],
  body: Buffer.from(JSON.stringify({ id: n, text: 'x'.repeat(5000) })),
}))
const results = await producer.sendAll(orders)
process.stdout.write(`sent ${results.length} messages, each with its id: ${results[0]?.messageId} …\n`)

const consumed = new Set<string>()
const again = new Set<string>()
let calls = 0
await client.pushConsumer({
  group: `batch-${run}`,
  from: 'first',
  subscriptions: [{ topic: 'BatchOrders', expression: run }],
  batchSize: 50,
  batchListener(messages, context) {
    calls++
    for (const message of messages) {
      const key = message.keys[0] ?? ''
      // Every hundredth fails the first time; the others of its batch do not come again.
      if (message.reconsumeTimes === 0 && key.endsWith('00')) context.giveBack(message, 1)
      else (message.reconsumeTimes > 0 ? again : consumed).add(key)
    }
  },
})
while (consumed.size + again.size < 500) await new Promise((resolve) => setTimeout(resolve, 10))
process.stdout.write(`consumed ${consumed.size} at once and ${again.size} a second later, in ${calls} calls\n`)
await client[Symbol.asyncDispose]()
await server?.[Symbol.asyncDispose]()
