import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { Client } from '../../src/client/index.ts'
import {
  type Application,
  EnableBinding,
  Input,
  MessageBuilder,
  Source,
  StreamApplication,
  StreamListener,
  type SubscribableChannel,
} from '../../src/index.ts'
import { readQueueNumbers } from '../../src/remoting/index.ts'
import { type Cluster, freshName, startCluster, testClient } from '../kit/cluster.ts'
import { numbered, sendTexts } from '../kit/send-texts.ts'
import { until } from '../kit/until.ts'
import { collectingLogger } from './collecting-logger.ts'

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster()
}, 60_000)
afterAll(() => cluster?.[Symbol.asyncDispose]())

/** A directory for offsets that is removed at the end of the test. */
async function offsetsDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'rocketstream-offsets-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

interface Member {
  readonly got: string[]
  readonly client: Client
  close(): PromiseLike<void>
}

/** A program of its own: a client with one broadcast consumer. */
async function member(offsets: string, instanceName: string, topic: string, group: string): Promise<Member> {
  const client = await testClient(cluster, { offsetsDirectory: offsets, instanceName, clientIp: '10.0.0.1' })
  const got: string[] = []
  await client.pushConsumer({
    group,
    model: 'broadcasting',
    from: 'first',
    subscriptions: [{ topic }],
    listener: (message) => void got.push(message.body.toString()),
  })
  return { got, client, close: () => client[Symbol.asyncDispose]() }
}

test('every member gets every message, and goes on after a restart where it stopped itself', async () => {
  const [topic, group, offsets] = [freshName('News'), freshName('G'), await offsetsDirectory()]
  const one = await member(offsets, 'one', topic, group)
  await sendTexts(one.client, topic, numbered(12))
  const two = await member(offsets, 'two', topic, group)
  await until('twelve messages each', () => one.got.length === 12 && two.got.length === 12)
  expect([...one.got].sort()).toEqual([...numbered(12)].sort())
  expect([...two.got].sort()).toEqual([...numbered(12)].sort())
  await two.close()
  const file = await readFile(join(offsets, '10.0.0.1@two', group, 'offsets.json'))
  const recorded = readQueueNumbers(file, 'offsetTable').filter((entry) => entry.topic === topic)
  expect(recorded.reduce((sum, { offset }) => sum + offset, 0)).toBe(12)
  await sendTexts(one.client, topic, ['12'])
  const again = await member(offsets, 'two', topic, group)
  await until('the thirteenth', () => again.got.length > 0 && one.got.length === 13)
  expect(again.got).toEqual(['12'])
})

test('the brokers are told that the group broadcasts, and keep no offsets of it', async () => {
  const [topic, group] = [freshName('News'), freshName('G')]
  const one = await member(await offsetsDirectory(), 'one', topic, group)
  await sendTexts(one.client, topic, ['1'])
  await until('one message', () => one.got.length === 1)
  await one.close()
  const reader = await testClient(cluster)
  const pull = await reader.pullConsumer({ group })
  const [queue] = await pull.queuesOf(topic)
  expect(queue).toBeDefined()
  for (const each of await pull.queuesOf(topic)) expect(await pull.fetchConsumeOffset(each)).not.toBe(1)
})

test('a message whose listener fails is dropped with a line in the log, and never comes again', async () => {
  const [topic, group] = [freshName('News'), freshName('G')]
  const { logger, lines } = collectingLogger()
  const client = await testClient(cluster, { offsetsDirectory: await offsetsDirectory(), logger })
  const got: string[] = []
  await client.pushConsumer({
    group,
    model: 'broadcasting',
    from: 'first',
    subscriptions: [{ topic }],
    listener(message) {
      got.push(message.body.toString())
      if (message.body.toString() === '0') throw new Error('no')
    },
  })
  await sendTexts(client, topic, ['0', '1'])
  await until('both messages', () => got.length === 2)
  await until('the line', () => lines.some((line) => line.includes('broadcast message dropped')))
  expect((await client.queuesOf(`%DLQ%${group}`)).length).toBe(0)
  expect(got.sort()).toEqual(['0', '1'])
})

test('nothing is missed of a topic that is created after the broadcast consumer; of an older one only what comes', async () => {
  const [older, later] = [freshName('Older'), freshName('Later')]
  const client = await testClient(cluster, { offsetsDirectory: await offsetsDirectory() })
  await sendTexts(client, older, ['before'])
  const got: string[] = []
  await client.pushConsumer({
    group: freshName('G'),
    model: 'broadcasting',
    subscriptions: [{ topic: older }, { topic: later }],
    listener: (message) => void got.push(message.body.toString()),
  })
  await sendTexts(client, later, numbered(8))
  await sendTexts(client, older, ['after'])
  await until('all that came', () => got.length >= 9)
  expect(got.sort()).toEqual([...numbered(8), 'after'])
})

test('a lite pull consumer can broadcast as well', async () => {
  const [topic, group, offsets] = [freshName('News'), freshName('G'), await offsetsDirectory()]
  const got: string[][] = [[], []]
  for (const [at, seen] of got.entries()) {
    const client = await testClient(cluster, { offsetsDirectory: offsets, instanceName: `i${at}` })
    if (at === 0) await sendTexts(client, topic, numbered(5))
    const consumer = await client.litePullConsumer({
      group,
      model: 'broadcasting',
      from: 'first',
      subscriptions: [{ topic }],
    })
    await until('five messages', async () => {
      seen.push(...(await consumer.poll({ timeoutMs: 50 })).map((message) => message.body.toString()))
      return seen.length >= 5
    })
  }
  expect(got.map((seen) => seen.sort())).toEqual([numbered(5), numbered(5)])
})

test('a model that is none is refused', async () => {
  const client = await testClient(cluster)
  const model = 'BROADCASTING' as 'broadcasting'
  const options = { group: freshName('G'), subscriptions: [{ topic: 'T' }], listener: () => undefined, model }
  await expect(client.pushConsumer(options)).rejects.toMatchObject({ code: 'RMQ_OPTION_ILLEGAL' })
})

const PREFIX = 'spring.cloud.stream'

class Inputs {
  @Input('news') news!: () => SubscribableChannel
  @Input('other') other!: () => SubscribableChannel
}

/** One instance of a service whose inputs `news` and `other` are bound as the keys say. */
async function instance(name: string, keys: Record<string, string>): Promise<{ app: Application; got: string[] }> {
  const got: string[] = []
  @EnableBinding(Source, Inputs)
  class Reader {
    @StreamListener('news')
    onNews(text: string): void {
      got.push(text)
    }

    @StreamListener('other')
    onOther(text: string): void {
      got.push(text)
    }
  }
  const all = {
    'rocketmq.binder.name-server': cluster.nameServer,
    'rocketmq.binder.instance-name': name,
    'rocketmq.default.consumer.consume-from-where': 'CONSUME_FROM_FIRST_OFFSET',
    'bindings.other.destination': freshName('Other'),
    'bindings.other.group': freshName('G'),
    ...keys,
  }
  const app = await StreamApplication.run(Reader, {
    args: [],
    variables: {},
    signals: false,
    logger: collectingLogger().logger,
    properties: Object.fromEntries(Object.entries(all).map(([key, value]) => [`${PREFIX}.${key}`, value])),
  })
  onTestFinished(() => app.close())
  return { app, got }
}

test.each([
  ['message-model', 'broadcasting'],
  ['broadcasting', 'true'],
])('every instance of a service gets every message with %s=%s', async (key, value) => {
  const keys = {
    'bindings.output.destination': freshName('News'),
    'bindings.news.group': freshName('G'),
    [`rocketmq.bindings.news.consumer.${key}`]: value,
    'rocketmq.binder.broadcast.offsets-path': await offsetsDirectory(),
  }
  const destination = { 'bindings.news.destination': keys['bindings.output.destination'] }
  const one = await instance('one', { ...keys, ...destination })
  for (const payload of numbered(4)) {
    await one.app.channel('output').send(MessageBuilder.withPayload(payload).build())
  }
  const two = await instance('two', { ...keys, ...destination })
  await until('four messages each', () => one.got.length === 4 && two.got.length === 4)
  expect([one.got.sort(), two.got.sort()]).toEqual([numbered(4), numbered(4)])
})

test('bindings of one group that differ in their model are refused', async () => {
  const group = freshName('G')
  const keys = { 'bindings.news.group': group, 'bindings.other.group': group }
  const starting = instance('one', { ...keys, 'rocketmq.bindings.other.consumer.message-model': 'BROADCASTING' })
  await expect(starting).rejects.toThrow('Bindings "news" and "other" share group')
})

test('a consume-timestamp that is no time is refused', async () => {
  for (const time of ['yesterday', '20260231000000', '2026-01-01']) {
    const starting = instance('one', { 'rocketmq.bindings.news.consumer.consume-timestamp': time })
    await expect(starting).rejects.toMatchObject({ message: expect.stringContaining('yyyyMMddHHmmss') })
  }
})
