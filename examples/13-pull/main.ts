/**
 * A program that asks for messages when it wants them, and may go back:
 *
 *   node --import tsx examples/13-pull/main.ts
 *
 * ROCKETMQ_NAME_SERVER=host:port uses that cluster; without it the program brings a server along.
 */
import { openClient } from 'rocketstream/client'

const given = process.env['ROCKETMQ_NAME_SERVER']
await using embedded = given ? undefined : await (await import('rocketstream/embedded')).startEmbedded({ port: 0 })
await using client = await openClient({ nameServer: given ?? embedded?.nameServer ?? '' })

const topic = `Sales-${Date.now()}`
const producer = await client.producer({ group: 'tills' })
for (let cents = 1; cents <= 100; cents++) await producer.send({ topic, body: Buffer.from(`${cents}`) })

// Queues are divided among the members of the group; the next message is asked for when the loop's body is through.
await using reports = await client.litePullConsumer({ group: 'reports', subscriptions: [{ topic }], from: 'first' })
let [count, total] = [0, 0]
for await (const sale of reports) {
  total += Number(sale.body)
  if (++count === 100) break
}
// A loop that is left leaves its last message unprocessed, unless that is said.
await reports.commit()
process.stdout.write(`${count} sales, together ${total} cents\n`)

// The same once more from the beginning: in batches, without a loop's help.
for (const queue of reports.assigned) await reports.seekToBegin(queue)
let again = 0
while (again < total) {
  const batch = await reports.poll()
  if (batch.length === 0) break
  for (const sale of batch) again += Number(sale.body)
}
process.stdout.write(`read again: ${again} cents\n`)
process.exitCode = total === 5050 && again === 5050 ? 0 : 1
