// What our client does against any name server:
// `node --import tsx test/bench/client-send.ts 127.0.0.1:9876 [messages]`.
import { randomBytes } from 'node:crypto'
import { deferred } from '../../src/base/async/index.ts'
import { type Client, openClient, type Producer } from '../../src/client/index.ts'

const BODY_BYTES = 1024
const IN_FLIGHT = 64
const SEQUENTIAL_MAX = 20_000
const WARM_UP = 2000

const [nameServer = '127.0.0.1:9876', messagesText = '100000'] = process.argv.slice(2)
const messages = Number(messagesText)
const topic = `BenchClient${Date.now().toString(36)}`
// Different bodies, as in real life: brokers and disks may compress, caches may help.
const bodies = Array.from({ length: 1024 }, () => randomBytes(BODY_BYTES))

function bodyOf(index: number): Buffer {
  return bodies[index % bodies.length] as Buffer
}

async function sendInFlight(producer: Producer, count: number, inFlight: number): Promise<void> {
  let next = 0
  const sender = async (): Promise<void> => {
    while (next < count) await producer.send({ topic, body: bodyOf(next++) })
  }
  await Promise.all(Array.from({ length: inFlight }, sender))
}

async function readAll(client: Client, count: number): Promise<void> {
  const done = deferred()
  let received = 0
  await using _consumer = await client.pushConsumer({
    group: `Readers${topic}`,
    from: 'first',
    subscriptions: [{ topic }],
    listener: () => {
      if (++received === count) done.resolve()
    },
  })
  await done.promise
}

async function measure(what: string, count: number, work: () => Promise<void>): Promise<void> {
  const cpu = process.cpuUsage()
  const startedMs = performance.now()
  await work()
  const seconds = (performance.now() - startedMs) / 1000
  const { user, system } = process.cpuUsage(cpu)
  const rate = Math.round(count / seconds).toLocaleString('en')
  const cpuEach = ((user + system) / count).toFixed(1)
  console.log(`${what.padEnd(34)} ${rate.padStart(10)} msg/s   ${cpuEach.padStart(6)} µs of our CPU a message`)
}

await using client = await openClient({ nameServer })
const producer = await client.producer({ group: 'BenchSenders' })
await sendInFlight(producer, WARM_UP, IN_FLIGHT)
const sequential = Math.min(SEQUENTIAL_MAX, messages)
console.log(`${BODY_BYTES} byte bodies, random, to ${nameServer}`)
await measure(`send, ${IN_FLIGHT} in flight`, messages, () => sendInFlight(producer, messages, IN_FLIGHT))
await measure('send, one after the other', sequential, () => sendInFlight(producer, sequential, 1))
const stored = WARM_UP + messages + sequential
await measure('catch-up read, one consumer', stored, () => readAll(client, stored))
