/**
 * A consumer that gets only the messages whose properties fit, by SQL92 at the broker, and changes its mind while it
 * runs:
 *
 *   node --import tsx examples/09-sql92/main.ts
 *
 * ROCKETMQ_NAME_SERVER=host:port uses a cluster, whose brokers need enablePropertyFilter=true. A service writes the
 * same into its properties: spring.cloud.stream.rocketmq.bindings.input.consumer.subscription=sql:idx > 10
 */
import { randomUUID } from 'node:crypto'
import { openClient } from 'rocketstream/client'
import { startEmbedded } from 'rocketstream/embedded'

const given = process.env['ROCKETMQ_NAME_SERVER']
const server = given === undefined ? await startEmbedded({ port: 0 }) : undefined
const client = await openClient({ nameServer: given ?? server?.nameServer ?? '' })
const run = randomUUID()
const topic = 'Filter-Test-Topic'
const got: number[] = []

const producer = await client.producer({ group: 'filter-producer' })
const send = async (...numbers: number[]): Promise<void> => {
  for (const idx of numbers) {
    const properties = { idx: String(idx), shop: idx % 2 === 0 ? 'north' : 'south', run }
    await producer.send({ topic, properties, body: Buffer.from(`order ${idx}`) })
  }
}
const until = async (count: number): Promise<void> => {
  for (let left = 1500; left > 0 && got.length < count; left--) await new Promise((done) => setTimeout(done, 20))
}

await send(5, 12, 20)
const consumer = await client.pushConsumer({
  group: `filter-${run}`,
  from: 'first',
  subscriptions: [{ topic, expression: { sql: `idx > 10 AND run = '${run}'` } }],
  listener(message) {
    got.push(Number(message.properties['idx']))
    process.stdout.write(`received ${message.body}: idx=${message.properties['idx']}\n`)
  },
})
await until(2)
await consumer.subscribe(topic, { sql: `run = '${run}' AND (idx BETWEEN 1 AND 3 OR shop IN ('south'))` })
await send(2, 4, 30, 31)
await until(4)

// A mistake is named with its place, and what was subscribed before goes on.
const mistake = await consumer.subscribe(topic, { sql: 'idx > ten OR' }).catch((refused: Error) => refused.message)
process.stdout.write(`${mistake}\n`)
await client[Symbol.asyncDispose]()
await server?.[Symbol.asyncDispose]()

const isRight = got.sort((left, right) => left - right).join() === '2,12,20,31' && String(mistake).includes('column 13')
process.stdout.write(isRight ? 'of 7 messages the 4 that fit were received\n' : `NOT RIGHT: ${got}; ${mistake}\n`)
process.exitCode = isRight ? 0 : 1
