/**
 * Messages that come later: a delay level instead of a timer of your own, kept by the broker through restarts.
 *
 *   npx tsx examples/07-delay/main.ts
 *
 * Runs on an embedded server; on another one with ROCKETMQ_NAME_SERVER=host:port.
 */
import { openClient } from 'rocketstream/client'

const given = process.env['ROCKETMQ_NAME_SERVER']
const { startEmbedded } = await import('rocketstream/embedded')
const server = given === undefined ? await startEmbedded({ port: 0 }) : undefined
const client = await openClient({ nameServer: given ?? server?.nameServer ?? '' })

/** Levels 1, 2, 3 … are 1s, 5s, 10s … 2h unless the broker's `messageDelayLevel` says otherwise. */
const DELAY_MS: Readonly<Record<number, number>> = { 1: 1000, 2: 5000 }
const run = `${process.pid}-${Date.now()}`
const order: string[] = []
let early = 0
await client.pushConsumer({
  group: `reminders-${run}`,
  subscriptions: [{ topic: 'Reminders', expression: run }],
  from: 'first',
  listener({ body, bornTimestamp, properties }) {
    const waitedMs = Date.now() - bornTimestamp
    if (waitedMs < (DELAY_MS[Number(properties['DELAY'])] ?? 0)) early++
    order.push(body.toString())
    process.stdout.write(`${body} came ${waitedMs} ms after it was sent\n`)
  },
})

const producer = await client.producer({ group: 'reminder-producer' })
for (const delayLevel of [2, 1]) {
  await producer.send({
    topic: 'Reminders',
    tag: run,
    delayLevel,
    body: Buffer.from(`"in ${DELAY_MS[delayLevel]} ms"`),
  })
}
await producer.send({ topic: 'Reminders', tag: run, body: Buffer.from('"at once"') })

const limitMs = performance.now() + 30_000
while (order.length < 3 && performance.now() < limitMs) await new Promise((resolve) => setTimeout(resolve, 20))
await client[Symbol.asyncDispose]()
await server?.[Symbol.asyncDispose]()

const right = order.join(', ') === '"at once", "in 1000 ms", "in 5000 ms"' && early === 0
process.stdout.write(
  right ? 'all three came in the order of their delays, none early\n' : `NOT RIGHT: ${order.join(', ')}\n`,
)
process.exitCode = right ? 0 : 1
