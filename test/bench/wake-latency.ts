/**
 * How long an idle broker takes to hand a message to a consumer that waits for it: from the call of `send` to the
 * listener, server and client in processes of their own. `npm run bench:wake`.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { openClient } from 'rocketstream/client'
import { startRocketstream } from '../interop/kit/index.ts'

const MESSAGES = 200
const PAUSE_MS = 50

await using server = await startRocketstream()
await using client = await openClient({ nameServer: server.namesrvAddress })
const producer = await client.producer({ group: 'wake-producer' })
const sentMs = new Map<string, number>()
const latenciesMs: number[] = []
await producer.send({ topic: 'Wake', body: Buffer.from('warm-up') })
await client.pushConsumer({
  group: 'wake-consumer',
  subscriptions: [{ topic: 'Wake' }],
  listener(message) {
    const sent = sentMs.get(message.body.toString())
    if (sent !== undefined) latenciesMs.push(performance.now() - sent)
  },
})
await wait(1000)
for (let n = 0; n < MESSAGES; n++) {
  if (n % 50 === 0) process.stderr.write(`${n} of ${MESSAGES}\n`)
  sentMs.set(`m-${n}`, performance.now())
  await producer.send({ topic: 'Wake', body: Buffer.from(`m-${n}`) })
  await wait(PAUSE_MS)
}
latenciesMs.sort((left, right) => left - right)
const at = (share: number): string => (latenciesMs[Math.floor(latenciesMs.length * share)] ?? Number.NaN).toFixed(2)
process.stdout.write(
  `idle broker to waiting consumer, ${latenciesMs.length} of ${MESSAGES} messages: median ${at(0.5)} ms, p99 ${at(0.99)} ms, goal 10 ms\n`,
)
