import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { crc32 } from '../base/bytes/index.ts'
import { Scope } from '../base/lifecycle/index.ts'
import { SimulatedClock, systemClock } from '../base/time/index.ts'
import {
  AddWritePermission,
  BrokerHeartbeat,
  clusterBody,
  DeleteKvConfig,
  DeleteTopicInNamesrv,
  dataVersionBody,
  GetAllTopics,
  GetClusterInfo,
  GetKvConfig,
  GetKvList,
  GetRoute,
  kvTableBody,
  PutKvConfig,
  QueryDataVersion,
  RegisterBroker,
  RemotingClient,
  type RouteData,
  registerBrokerBody,
  routeBody,
  type TopicConfig,
  topicListBody,
  UnregisterBroker,
  WipeWritePermission,
} from '../remoting/index.ts'
import { type NamesrvPorts, startNamesrv } from './index.ts'

let scope: Scope
let directory: string
beforeEach(() => {
  scope = new Scope()
  directory = mkdtempSync(join(tmpdir(), 'namesrv-'))
})
afterEach(async () => {
  await scope[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true })
})

interface Fixture {
  readonly ask: RemotingClient['invoke']
  readonly address: string
}

async function start(ports: NamesrvPorts = {}): Promise<Fixture & { readonly client: RemotingClient }> {
  const kvConfigPath = join(directory, 'kvConfig.json')
  const namesrv = scope.own(await startNamesrv({ listenPort: 0, bindAddress: '127.0.0.1', kvConfigPath }, ports))
  const client = scope.own(new RemotingClient())
  return { client, ask: client.invoke.bind(client), address: `127.0.0.1:${namesrv.port}` }
}

const topic = (topicName: string, more: Partial<TopicConfig> = {}): TopicConfig => ({
  topicName,
  readQueueNums: 8,
  writeQueueNums: 8,
  perm: 6,
  topicFilterType: 'SINGLE_TAG',
  topicSysFlag: 0,
  order: false,
  attributes: {},
  ...more,
})

interface Broker {
  readonly id?: number
  readonly name?: string
  readonly address?: string
  readonly counter?: number
  readonly topics: readonly TopicConfig[]
  readonly fields?: object
}

async function register({ ask, address }: Fixture, broker: Broker): Promise<unknown> {
  const { id = 0, name = 'broker-a', counter = 1, topics } = broker
  const body = registerBrokerBody.encode({
    topicConfigSerializeWrapper: {
      dataVersion: { counter, stateVersion: 0, timestamp: 1 },
      topicConfigTable: Object.fromEntries(topics.map((config) => [config.topicName, config])),
    },
    filterServerList: [],
  })
  const header = {
    clusterName: 'DefaultCluster',
    brokerName: name,
    brokerId: id,
    brokerAddr: broker.address ?? `127.0.0.1:1091${id}`,
    haServerAddr: `127.0.0.1:2091${id}`,
    bodyCrc32: crc32(body),
    ...broker.fields,
  }
  const answer = await ask(address, RegisterBroker, header, { body })
  return answer.header
}

async function routeOf({ ask, address }: Fixture, name: string): Promise<RouteData> {
  return routeBody.decode((await ask(address, GetRoute, { topic: name, acceptStandardJsonOnly: true })).body)
}

test('a registered broker is found by topic and in the cluster', async () => {
  const fixture = await start()
  await register(fixture, { topics: [topic('T1'), topic('T2', { perm: 4 })] })
  expect(await routeOf(fixture, 'T1')).toEqual({
    orderTopicConf: undefined,
    queueDatas: [{ brokerName: 'broker-a', readQueueNums: 8, writeQueueNums: 8, perm: 6, topicSysFlag: 0 }],
    brokerDatas: [
      {
        cluster: 'DefaultCluster',
        brokerName: 'broker-a',
        brokerAddrs: { 0: '127.0.0.1:10910' },
        enableActingMaster: false,
      },
    ],
    filterServerTable: {},
  })
  const cluster = clusterBody.decode((await fixture.ask(fixture.address, GetClusterInfo, {})).body)
  expect(cluster.clusterAddrTable).toEqual({ DefaultCluster: ['broker-a'] })
  const all = topicListBody.decode((await fixture.ask(fixture.address, GetAllTopics, {})).body)
  expect(all.topicList).toEqual(['T1', 'T2'])
})

test('an unknown topic is answered with 17 and its name', async () => {
  const fixture = await start()
  await expect(routeOf(fixture, 'Nowhere')).rejects.toMatchObject({
    details: {
      responseCode: 17,
      remark: expect.stringContaining('No topic route info in name server for the topic: Nowhere'),
    },
  })
})

test('a slave gets the address of its master, and keeps the route when the master goes', async () => {
  const fixture = await start()
  await register(fixture, { topics: [topic('T1'), topic('T2')] })
  expect(await register(fixture, { id: 1, topics: [topic('T1'), topic('T2')] })).toMatchObject({
    masterAddr: '127.0.0.1:10910',
    haServerAddr: '127.0.0.1:20910',
  })
  const master = { clusterName: 'DefaultCluster', brokerName: 'broker-a', brokerId: 0, brokerAddr: '127.0.0.1:10910' }
  await fixture.ask(fixture.address, UnregisterBroker, master)
  expect((await routeOf(fixture, 'T1')).brokerDatas[0]?.brokerAddrs).toEqual({ 1: '127.0.0.1:10911' })
  await fixture.ask(fixture.address, UnregisterBroker, { ...master, brokerId: 1, brokerAddr: '127.0.0.1:10911' })
  await expect(routeOf(fixture, 'T1')).rejects.toMatchObject({ details: { responseCode: 17 } })
})

test('the loss of its connection removes a broker at once', async () => {
  const fixture = await start()
  await register(fixture, { topics: [topic('T1'), topic('T2')] })
  const other = { ...fixture, ask: scope.own(new RemotingClient()).invoke }
  const asking = scope.own(new RemotingClient())
  fixture.client.disconnect(fixture.address, 'a test')
  const probe = { ...other, ask: asking.invoke.bind(asking) }
  await expect
    .poll(() => routeOf(probe, 'T1').catch((failure: { details: object }) => failure.details))
    .toMatchObject({
      responseCode: 17,
    })
})

test('a broker without heartbeat is removed when its time is over; a heartbeat keeps it', async () => {
  const clock = new SimulatedClock()
  const fixture = await start({
    clock: { ...systemClock, now: () => clock.now(), setInterval: clock.setInterval.bind(clock) },
  })
  await register(fixture, { topics: [topic('T1'), topic('T2')] })
  const broker = { clusterName: 'DefaultCluster', brokerName: 'broker-a', brokerAddr: '127.0.0.1:10910' }
  await clock.advance(100_000)
  await fixture.ask(fixture.address, BrokerHeartbeat, broker)
  await clock.advance(100_000)
  expect((await routeOf(fixture, 'T1')).queueDatas).toHaveLength(1)
  await clock.advance(30_000)
  await expect(routeOf(fixture, 'T1')).rejects.toMatchObject({ details: { responseCode: 17 } })
})

test('a later registration with one changed topic is applied; a first one of that form is refused', async () => {
  const fixture = await start()
  await expect(register(fixture, { topics: [topic('T1')] })).rejects.toMatchObject({
    details: { responseCode: 1, remark: 'register broker failed' },
  })
  await register(fixture, { topics: [topic('T1'), topic('T2')] })
  await register(fixture, { topics: [topic('T1', { writeQueueNums: 3 })], counter: 2 })
  expect((await routeOf(fixture, 'T1')).queueDatas[0]?.writeQueueNums).toBe(3)
  expect((await routeOf(fixture, 'T2')).queueDatas[0]?.writeQueueNums).toBe(8)
})

test('a damaged registration is refused by its checksum', async () => {
  const fixture = await start()
  await expect(register(fixture, { topics: [], fields: { bodyCrc32: 7 } })).rejects.toMatchObject({
    details: { responseCode: 1, remark: 'crc32 not match' },
  })
})

test('the compressed form of a registration is read, that of 4.x too', async () => {
  const fixture = await start()
  const part = (text: string): Buffer => {
    const bytes = Buffer.from(text)
    const length = Buffer.alloc(4)
    length.writeInt32BE(bytes.length)
    return Buffer.concat([length, bytes])
  }
  const count = Buffer.from([0, 0, 0, 2])
  const plain = [
    part('{"counter":1,"timestamp":5}'),
    count,
    part('T1 4 4 6 SINGLE_TAG {"message.type":"NORMAL"}'),
    part('T2 2 1 6 SINGLE_TAG'),
    part('[]'),
  ]
  const header = {
    clusterName: 'C',
    brokerName: 'b',
    brokerId: 0,
    brokerAddr: '127.0.0.1:1',
    haServerAddr: '',
    compressed: true,
  }
  await fixture.ask(fixture.address, RegisterBroker, header, { body: deflateSync(Buffer.concat(plain)) })
  expect((await routeOf(fixture, 'T2')).queueDatas).toMatchObject([{ readQueueNums: 2, writeQueueNums: 1 }])
  await expect(
    fixture.ask(fixture.address, RegisterBroker, header, { body: deflateSync(Buffer.from([0, 0, 1, 0])) }),
  ).rejects.toMatchObject({
    details: { responseCode: 1, remark: expect.stringContaining('REGISTER_BROKER (compressed)') },
  })
})

test('a data version tells whether a broker must register again', async () => {
  const fixture = await start()
  await register(fixture, { topics: [topic('T1'), topic('T2')] })
  const broker = { clusterName: 'DefaultCluster', brokerName: 'broker-a', brokerId: 0, brokerAddr: '127.0.0.1:10910' }
  const ask = async (counter: number): Promise<boolean> => {
    const body = dataVersionBody.encode({ counter, stateVersion: 0, timestamp: 1 })
    return (await fixture.ask(fixture.address, QueryDataVersion, broker, { body })).header.changed
  }
  expect([await ask(1), await ask(2)]).toEqual([false, true])
})

test('write permission is wiped and given back, a topic is forgotten', async () => {
  const fixture = await start()
  await register(fixture, { topics: [topic('T1'), topic('T2')] })
  const wiped = await fixture.ask(fixture.address, WipeWritePermission, { brokerName: 'broker-a' })
  expect(wiped.header.wipeTopicCount).toBe(2)
  expect((await routeOf(fixture, 'T1')).queueDatas[0]?.perm).toBe(4)
  await fixture.ask(fixture.address, AddWritePermission, { brokerName: 'broker-a' })
  expect((await routeOf(fixture, 'T1')).queueDatas[0]?.perm).toBe(6)
  await fixture.ask(fixture.address, DeleteTopicInNamesrv, { topic: 'T1' })
  await expect(routeOf(fixture, 'T1')).rejects.toMatchObject({ details: { responseCode: 17 } })
})

test('keys and values are kept over a restart, and a damaged file is named', async () => {
  const first = await start()
  const key = { namespace: 'N', key: 'k' }
  await first.ask(first.address, PutKvConfig, { ...key, value: 'v' })
  await first.ask(first.address, PutKvConfig, { namespace: 'N', key: 'gone', value: 'x' })
  await first.ask(first.address, DeleteKvConfig, { namespace: 'N', key: 'gone' })
  expect((await first.ask(first.address, GetKvConfig, key)).header.value).toBe('v')
  await scope[Symbol.asyncDispose]()
  scope = new Scope()
  const second = await start()
  expect(kvTableBody.decode((await second.ask(second.address, GetKvList, { namespace: 'N' })).body).table).toEqual({
    k: 'v',
  })
  await expect(second.ask(second.address, GetKvConfig, { namespace: 'N', key: 'gone' })).rejects.toMatchObject({
    details: { responseCode: 22, remark: 'No config item, Namespace: N Key: gone' },
  })
  const path = join(directory, 'kvConfig.json')
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ configTable: { N: { k: 'v' } } })
  for (const file of [path, `${path}.bak`]) writeFileSync(file, '{"configTable":')
  await expect(start()).rejects.toMatchObject({
    code: 'RMQ_KV_CONFIG_UNREADABLE',
    message: expect.stringContaining(path),
  })
})
