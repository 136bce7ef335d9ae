/**
 * How late delayed messages come while a broker is busy: 10,000 messages over levels 1–4 (1, 5, 10 and 30 s) beside
 * 5,000 other messages a second, from the call of `send` to the listener, server and client in processes of their own.
 * `npm run bench:delay`, 45 s.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { openClient } from 'rocketstream/client'
import { startRocketstream } from '../interop/kit/index.ts'

const LEVEL_MS = [0, 1000, 5000, 10_000, 30_000]
const DELAYED = 10_000
const DELAYED_A_SECOND = 1_000
const OTHERS_A_SECOND = 5_000
const TICK_MS = 10
const LIMIT_MS = 80_000

await using server = await startRocketstream()
await using client = await openClient({ nameServer: server.namesrvAddress })
const producer = await client.producer({ group: 'delay-producer' })
const body = Buffer.alloc(1024, 'x')
await producer.send({ topic: 'Delayed', body })
await producer.send({ topic: 'Others', body })

const latenessMs: number[] = []
let early = 0
await client.pushConsumer({
  group: 'delay-consumer',
  subscriptions: [{ topic: 'Delayed' }],
  listener({ bornTimestamp, properties }) {
    const level = properties['DELAY']
    if (level === undefined) return
    const late = Date.now() - bornTimestamp - (LEVEL_MS[Number(level)] ?? 0)
    if (late < 0) early++
    latenessMs.push(late)
  },
})

let failed = 0
let others = 0
const send = (topic: string, delayLevel?: number): void => {
  producer.send({ topic, body, delayLevel }).catch(() => {
    failed++
  })
}
const startMs = performance.now()
let sent = 0
while (latenessMs.length < DELAYED && performance.now() - startMs < LIMIT_MS) {
  const seconds = (performance.now() - startMs) / 1000
  for (; others < seconds * OTHERS_A_SECOND; others++) send('Others')
  for (; sent < Math.min(DELAYED, seconds * DELAYED_A_SECOND); sent++) send('Delayed', 1 + (sent % 4))
  await wait(TICK_MS)
}
const seconds = (performance.now() - startMs) / 1000
latenessMs.sort((left, right) => left - right)
const at = (share: number): number => latenessMs[Math.floor(latenessMs.length * share)] ?? Number.NaN
const lost = DELAYED - latenessMs.length
process.stdout.write(
  `${DELAYED} delayed messages over levels 1–4 beside ${Math.round(others / seconds)} others a second: ` +
    `${early} early, ${lost} missing, ${failed} sends failed; late by ${at(0.5)} ms in the median, p99 ${at(0.99)} ms, ` +
    `at most ${latenessMs.at(-1)} ms; goal: none early, median 20 ms\n`,
)
process.exitCode = early === 0 && lost === 0 && failed === 0 && at(0.5) <= 20 ? 0 : 1
