import { expect, onTestFinished, test } from 'vitest'
import { type Client, openClient, type PushConsumer, type PushConsumerSettings } from '../../src/client/index.ts'
import type { ReceivedMessage } from '../../src/message/index.ts'
import {
  ConsumeMessageDirectly,
  ConsumerSendBack,
  GetConsumerRunningInfo,
  GetConsumerStatus,
  NotifyConsumerIdsChanged,
  type Peer,
  parseJson,
  queueMapText,
  RESPONSE_CODE,
  ResetConsumerClientOffset,
  type Route,
  route,
} from '../../src/remoting/index.ts'
import { type HeldPull, type ScriptedGroup, scriptedGroup } from '../kit/scripted-group.ts'
import { routeAt, type ScriptedServer, startScriptedBroker, startScriptedNamesrv } from '../kit/scripted-servers.ts'
import { storedRecord } from '../kit/stored-record.ts'
import { until } from '../kit/until.ts'

interface Bench {
  readonly client: Client
  readonly consumer: PushConsumer
  readonly broker: ScriptedServer
  readonly group: ScriptedGroup
  readonly got: ReceivedMessage[]
  /** The next pull of the topic's only queue. */
  pull(): Promise<HeldPull>
  /** The broker's end of the client's connection. */
  peer(): Peer
}

function owned<Resource extends AsyncDisposable>(resource: Resource): Resource {
  onTestFinished(() => resource[Symbol.asyncDispose]())
  return resource
}

/** A consumer of topic `T`, one queue, at a broker that answers as the test says. */
async function bench(settings: Partial<PushConsumerSettings> = {}, ...more: Route[]): Promise<Bench> {
  const group = scriptedGroup()
  const broker = owned(await startScriptedBroker(...group.routes, ...more))
  const namesrv = owned(await startScriptedNamesrv(new Map([['T', routeAt({ a: broker.address }, 1)]])))
  const client = owned(await openClient({ nameServer: namesrv.address, instanceName: 'me', persistOffsetsMs: 20 }))
  const got: ReceivedMessage[] = []
  const consumer = await client.pushConsumer({
    group: 'G',
    subscriptions: [{ topic: 'T' }],
    closeTimeoutMs: 100,
    ...settings,
    listener: (message) => {
      if (message.body.toString() === 'fails') throw new Error('listener says no')
      got.push(message)
    },
  })
  const pull = async (): Promise<HeldPull> => {
    await until('a pull', () => group.pulls.length > 0)
    return group.pulls.shift() as HeldPull
  }
  return { client, consumer, broker, group, got, pull, peer: () => broker.peers.at(-1) as Peer }
}

function found(next: number, ...bodies: string[]): Parameters<HeldPull['reply']>[0] {
  const first = next - bodies.length
  const records = bodies.map((body, at) => storedRecord({ topic: 'T', body, queueOffset: first + at }))
  return { header: { ...position, nextBeginOffset: next }, body: Buffer.concat(records) }
}

const position = { suggestWhichBrokerId: 0, minOffset: 0, maxOffset: 100, nextBeginOffset: 0 }

test('each pull goes on where the one before ended and carries what is consumed', async () => {
  const { group, got, pull } = await bench()
  const first = await pull()
  expect(first.request).toMatchObject({ consumerGroup: 'G', topic: 'T', queueOffset: 0, sysFlag: 2, maxMsgNums: 32 })
  first.reply(found(2, 'a', 'b'))
  const second = await pull()
  expect(second.request.queueOffset).toBe(2)
  await until('both consumed', () => got.length === 2)
  second.reply({ code: RESPONSE_CODE.PULL_NOT_FOUND, header: { ...position, nextBeginOffset: 2 } })
  expect((await pull()).request).toMatchObject({ queueOffset: 2, commitOffset: 2, sysFlag: 3 })
  await until('progress recorded', () => group.recorded.get('T@0') === 2)
})

test('progress passes messages that the broker or the tags sorted out', async () => {
  const { group, pull } = await bench()
  ;(await pull()).reply({ code: RESPONSE_CODE.PULL_RETRY_IMMEDIATELY, header: { ...position, nextBeginOffset: 50 } })
  expect((await pull()).request).toMatchObject({ queueOffset: 50, commitOffset: 50 })
  await until('progress recorded', () => group.recorded.get('T@0') === 50)
})

test('a queue that does not reach so far starts anew where the broker says', async () => {
  const { group, pull, got } = await bench()
  ;(await pull()).reply({ code: RESPONSE_CODE.PULL_OFFSET_MOVED, header: { ...position, nextBeginOffset: 70 } })
  const next = await pull()
  expect(next.request.queueOffset).toBe(70)
  expect(group.recorded.get('T@0')).toBe(70)
  next.reply(found(71, 'x'))
  await until('consumed', () => got.length === 1)
})

test('a broker that is busy or broken is asked again', async () => {
  const { pull } = await bench()
  ;(await pull()).reply({ code: RESPONSE_CODE.FLOW_CONTROL })
  ;(await pull()).reply({ code: RESPONSE_CODE.SYSTEM_ERROR, remark: 'broken' })
  const again = await pull()
  expect(again.request.queueOffset).toBe(0)
  again.reply({ body: Buffer.from('no records at all'), header: { ...position, nextBeginOffset: 9 } })
  expect((await pull()).request.queueOffset).toBe(0)
})

test('a broker that forgot this member is told again, and its queues are kept meanwhile', async () => {
  const { consumer, group, peer } = await bench()
  group.members = ['somebody else']
  const before = group.heartbeats
  peer().invokeOneway(NotifyConsumerIdsChanged, { consumerGroup: 'G' })
  await until('another heartbeat', () => group.heartbeats > before)
  expect(consumer.assigned.filter((queue) => queue.topic === 'T')).toHaveLength(1)
})

test('a queue is given up at once when another member has it, its progress recorded', async () => {
  const { client, consumer, group, got, pull, peer } = await bench()
  ;(await pull()).reply(found(3, 'a', 'b', 'c'))
  await until('all consumed', () => got.length === 3)
  group.members = ['0.0.0.0@first', client.id]
  peer().invokeOneway(NotifyConsumerIdsChanged, { consumerGroup: 'G' })
  await until('the queue given up', () => consumer.assigned.length === 0)
  await until('progress recorded', () => group.records.at(-1) === 'T@0=3')
})

test('a message that cannot be given back stays here, and progress before it', async () => {
  const returned: number[] = []
  const refuse = route(ConsumerSendBack, ({ offset }) => {
    returned.push(offset)
    return { code: RESPONSE_CODE.SYSTEM_ERROR, remark: 'not now' }
  })
  const { group, got, pull } = await bench({}, refuse)
  ;(await pull()).reply(found(3, 'a', 'fails', 'c'))
  await until('the others consumed', () => got.length === 2)
  await until('asked to take it back', () => returned.length === 1)
  await until('progress recorded', () => group.recorded.get('T@0') === 1)
  expect(returned).toEqual([1000])
})

test('a message that was given back is passed', async () => {
  const requests: object[] = []
  const take = route(ConsumerSendBack, (request) => {
    requests.push(request)
    return {}
  })
  const { group, pull } = await bench({ maxReconsumeTimes: 5, delayLevelWhenNextConsume: 2 }, take)
  ;(await pull()).reply(found(1, 'fails'))
  await until('progress recorded', () => group.recorded.get('T@0') === 1)
  expect(requests).toEqual([
    expect.objectContaining({
      offset: 0,
      group: 'G',
      delayLevel: 2,
      originTopic: 'T',
      maxReconsumeTimes: 5,
      bname: 'a',
    }),
  ])
})

test('closing records the progress and leaves the group, in this order', async () => {
  const { consumer, group, got, pull } = await bench()
  ;(await pull()).reply(found(2, 'a', 'b'))
  await until('both consumed', () => got.length === 2)
  await consumer[Symbol.asyncDispose]()
  expect(group.recorded.get('T@0')).toBe(2)
  expect(consumer.assigned).toEqual([])
})

test('an administrator sees where the consumer stands', async () => {
  const { got, pull, peer } = await bench()
  ;(await pull()).reply(found(2, 'a', 'b'))
  await until('both consumed', () => got.length === 2)
  const status = await peer().invoke(GetConsumerStatus, { group: 'G', topic: 'T' })
  expect(status.body.toString()).toBe('{"messageQueueTable":{{"brokerName":"a","queueId":0,"topic":"T"}:2}}')
  const info = await peer().invoke(GetConsumerRunningInfo, { consumerGroup: 'G', clientId: 'me' })
  expect(info.body.toString()).toContain(
    '"mqTable":{{"brokerName":"a","queueId":0,"topic":"T"}:{"cachedMsgMinOffset":0',
  )
  expect(parseJson(info.body, 'running info')).toMatchObject({
    properties: { PROP_CONSUME_TYPE: 'CONSUME_PASSIVELY', PROP_CONSUMEORDERLY: 'false', PROP_CLIENT_VERSION: 'V5_3_3' },
    subscriptionSet: [{ topic: 'T', subString: '*' }, { topic: '%RETRY%G' }],
    statusTable: { T: { pullRT: expect.any(Number), consumeOKTPS: expect.any(Number) } },
  })
  const stranger = peer().invoke(GetConsumerRunningInfo, { consumerGroup: 'Other' })
  await expect(stranger).rejects.toMatchObject({
    details: { remark: 'The Consumer Group <Other> not exist in this consumer' },
  })
})

test('an administrator moves the group', async () => {
  const { group, pull, peer } = await bench()
  await pull()
  const moved = [{ topic: 'T', brokerName: 'a', queueId: 0, offset: 40 }]
  const body = Buffer.from(`{"offsetTable":${queueMapText(moved, (one) => one.offset)}}`)
  peer().invokeOneway(ResetConsumerClientOffset, { topic: 'T', group: 'G' }, { body })
  expect((await pull()).request.queueOffset).toBe(40)
  expect(group.recorded.get('T@0')).toBe(40)
})

test('an administrator has one message consumed', async () => {
  const { got, peer } = await bench()
  const header = { consumerGroup: 'G', brokerName: 'a' }
  const body = storedRecord({ topic: '%RETRY%G', body: 'x', queueOffset: 9, properties: { RETRY_TOPIC: 'T' } })
  const good = await peer().invoke(ConsumeMessageDirectly, header, { body })
  expect(JSON.parse(good.body.toString())).toMatchObject({
    consumeResult: 'CR_SUCCESS',
    order: false,
    autoCommit: true,
  })
  expect(got).toMatchObject([{ topic: 'T', queueOffset: 9 }])
  const failing = storedRecord({ topic: 'T', body: 'fails', queueOffset: 9 })
  const bad = await peer().invoke(ConsumeMessageDirectly, header, { body: failing })
  expect(JSON.parse(bad.body.toString())).toMatchObject({
    consumeResult: 'CR_THROW_EXCEPTION',
    remark: 'listener says no',
  })
})
