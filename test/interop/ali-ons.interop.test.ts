import { createRequire } from 'node:module'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ourJudge, type ServerUnderTest, startRocketstream } from './kit/index.ts'

/** What is used of ali-ons, which has no types of its own that fit. */
interface AliOns {
  readonly Producer: new (
    options: object,
  ) => {
    ready(): Promise<void>
    send(message: object): Promise<{ readonly sendStatus: string }>
    close(): Promise<void>
  }
  readonly Consumer: new (
    options: object,
  ) => {
    subscribe(topic: string, tags: string, listener: (message: { readonly body: Buffer }) => Promise<void>): void
    on(event: 'error', listener: (failure: Error) => void): void
    ready(): Promise<void>
    close(): Promise<void>
  }
  readonly Message: new (topic: string, tag: string, body: string) => object
}
const { Producer, Consumer, Message } = createRequire(import.meta.url)('ali-ons') as AliOns

let server: ServerUnderTest
beforeAll(async () => {
  server = await startRocketstream()
})
afterAll(() => server?.[Symbol.asyncDispose]())

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const options = (group: string, instanceName: string) => ({
  nameSrv: server.namesrvAddress,
  // Asked for by its constructor and unused when name servers are given.
  httpclient: {},
  consumerGroup: group,
  producerGroup: group,
  instanceName,
  logger: quiet,
})

test('ali-ons sends 1,000 messages and gets every one exactly once; two of its consumers share them', async () => {
  const topic = 'AliOns'
  // ali-ons does not create topics.
  expect(
    await ourJudge(['produce', '--namesrv', server.namesrvAddress, '--topic', topic, '--prefix', 'first']).done,
  ).toMatchObject({
    sent: 1,
  })
  const received: string[][] = [[], []]
  const consumers = received.map((own, n) => {
    const consumer = new Consumer(options('ali-group', `consumer-${n}`))
    consumer.on('error', () => undefined)
    consumer.subscribe(topic, '*', async (message) => {
      own.push(message.body.toString().trimEnd())
    })
    return consumer
  })
  await Promise.all(consumers.map((consumer) => consumer.ready()))
  const producer = new Producer(options('ali-producer', 'producer'))
  await producer.ready()
  await expect.poll(() => received.flat(), { timeout: 60_000 }).toContain('first-0')
  for (let first = 0; first < 1000; first += 50) {
    const sends = Array.from({ length: 50 }, (_, n) => producer.send(new Message(topic, 'tag', `m-${first + n}`)))
    for (const { sendStatus } of await Promise.all(sends)) expect(sendStatus).toBe('SEND_OK')
  }
  const all = (): string[] => received.flat().filter((body) => body.startsWith('m-'))
  await expect.poll(() => all().length, { timeout: 60_000 }).toBe(1000)
  expect(new Set(all()).size).toBe(1000)
  expect(received.every((own) => own.length > 0)).toBe(true)
  for (const client of [...consumers, producer]) await client.close()
})
