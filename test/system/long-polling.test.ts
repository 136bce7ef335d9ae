import { expect, test } from 'vitest'
import { systemClock } from '../../src/base/time/index.ts'
import { PULL_FLAG } from '../../src/remoting/index.ts'
import { expectRefusal, startTestBroker, wireClient } from '../kit/broker.ts'
import { until } from '../kit/until.ts'

const isNothing = ({ code }: { readonly code: number }): boolean => code === 19

const HELD = { sysFlag: PULL_FLAG.suspend | PULL_FLAG.subscription }

test('a held pull is answered when a message arrives', async () => {
  const client = wireClient(await startTestBroker())
  await client.send('T', 'first')
  const held = client.pull('T', 1, HELD)
  await client.send('T', 'second')
  expect(await held).toMatchObject({ code: 0, texts: ['second'], header: { nextBeginOffset: 2 } })
})

test('a pull of a queue that nobody has written to is held as well', async () => {
  const client = wireClient(await startTestBroker())
  await client.send('T', 'elsewhere', { queueId: 1 })
  const held = client.pull('T', 0, HELD)
  await client.send('T', 'here')
  expect((await held).texts).toEqual(['here'])
})

test('messages that are stored in the same moment come in one answer', async () => {
  const client = wireClient(await startTestBroker())
  await client.send('T', 'first')
  const held = client.pull('T', 1, HELD)
  const texts = Array.from({ length: 10 }, (_, index) => `${index}`)
  // One connection: the sends lie behind the pull, and come in one piece.
  await Promise.all(texts.map((text) => client.send('T', text)))
  expect((await held).texts).toEqual(texts)
})

test('a held pull waits on when a message arrives that it does not want', async () => {
  const client = wireClient(await startTestBroker())
  await client.send('T', 'first')
  const held = client.pull('T', 1, { ...HELD, subscription: 'B' })
  await client.send('T', 'unwanted', { with: { TAGS: 'A' } })
  await client.send('T', 'wanted', { with: { TAGS: 'B' } })
  const answer = await held
  expect(answer.texts).toEqual(['wanted'])
  expect(answer.header.nextBeginOffset).toBe(3)
})

test('a held pull ends with its time', async () => {
  const client = wireClient(await startTestBroker())
  await client.send('T', 'first')
  const beganMs = systemClock.monotonicMs()
  const answer = await client.pull('T', 1, { ...HELD, suspendTimeoutMillis: 300 })
  expect(answer).toMatchObject({ code: 19, remark: 'OFFSET_OVERFLOW_ONE', header: { nextBeginOffset: 1 } })
  expect(systemClock.monotonicMs() - beganMs).toBeGreaterThan(295)
})

test('without long polling a pull is held for shortPollingTimeMills', async () => {
  const client = wireClient(await startTestBroker({ longPollingEnable: false, shortPollingTimeMills: 50 }))
  await client.send('T', 'first')
  expect((await client.pull('T', 1, { ...HELD, suspendTimeoutMillis: 15_000 })).code).toBe(19)
})

test('a pull that may not wait is answered at once', async () => {
  const client = wireClient(await startTestBroker())
  await client.send('T', 'first')
  expect((await client.pull('T', 1)).code).toBe(19)
})

test('more pulls than may be held are told so', async () => {
  const client = wireClient(await startTestBroker({ pullThreadPoolQueueCapacity: 1 }))
  await client.send('T', 'first')
  const held = client.pull('T', 1, HELD)
  await expectRefusal(client.pull('T', 1, HELD), 2, '[OVERLOAD]system busy, start flow control for a while')
  await client.send('T', 'second')
  expect((await held).texts).toEqual(['second'])
})

test('a connection that is lost leaves no hold behind', async () => {
  const running = await startTestBroker({ pullThreadPoolQueueCapacity: 1 })
  const [leaving, staying] = [wireClient(running), wireClient(running)]
  await staying.send('T', 'first')
  const lost = leaving.pull('T', 1, HELD).catch((failure: unknown) => failure)
  await leaving.send('T', 'elsewhere', { queueId: 1 })
  await leaving.remoting[Symbol.asyncDispose]()
  expect(await lost).toMatchObject({ code: 'RMQ_CONNECTION_LOST' })
  const short = { ...HELD, suspendTimeoutMillis: 1 }
  await until('there is room again', () => staying.pull('T', 1, short).then(isNothing, () => false))
})

test('a broker that closes does not wait for held pulls', async () => {
  const { broker } = await startTestBroker()
  const client = wireClient({ broker, directory: '', restart: () => Promise.reject(new Error('unused')) })
  await client.send('T', 'first')
  const held = client.pull('T', 1, HELD).catch((failure: unknown) => failure)
  await client.send('T', 'elsewhere', { queueId: 1 })
  await broker[Symbol.asyncDispose]()
  expect(await held).toMatchObject({ code: 'RMQ_CONNECTION_LOST' })
})
