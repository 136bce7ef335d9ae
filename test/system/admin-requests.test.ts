import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startNamesrv } from '../../src/namesrv/index.ts'
import {
  CloneGroupOffset,
  consumeQueueBody,
  correctionOffsetsBody,
  GetConsumeTimeSpan,
  GetCorrectionOffsets,
  GetSubscription,
  GetSystemTopicsOfBroker,
  GetTopicsOfGroup,
  GetUnitSubscribedPlainTopics,
  GetUnitSubscribedTopics,
  GetUnitTopics,
  groupForbiddenBody,
  PULL_FLAG,
  QueryConsumeQueue,
  QueryConsumerOffset,
  subscriptionBody,
  timeSpanBody,
  topicListBody,
  UpdateBrokerConfig,
  UpdateConsumerOffset,
  UpdateGroupForbidden,
  UpdateTopic,
} from '../../src/remoting/index.ts'
import { consumerOf, expectRefusal, startTestBroker, type WireClient, wireClient } from '../kit/broker.ts'
import { until } from '../kit/until.ts'

/** A topic of one queue with three messages. */
async function filled(client: WireClient): Promise<void> {
  for (const text of ['a', 'b', 'c']) await client.send('T', text, { defaultTopicQueueNums: 1, with: { TAGS: text } })
}

function commit(client: WireClient, consumerGroup: string, commitOffset: number): Promise<unknown> {
  const header = { consumerGroup, topic: 'T', queueId: 0, commitOffset }
  return client.remoting.invoke(client.address, UpdateConsumerOffset, header)
}

async function offsetOf(client: WireClient, consumerGroup: string): Promise<number> {
  const header = { consumerGroup, topic: 'T', queueId: 0 }
  return (await client.remoting.invoke(client.address, QueryConsumerOffset, header)).header.offset
}

test('a group begins where another one is; topics it left are skipped while it is online', async () => {
  const client = wireClient(await startTestBroker())
  await filled(client)
  await client.heartbeat('C', [consumerOf('A', ['T']), consumerOf('B', ['T'])])
  await commit(client, 'A', 2)
  const clone = (more: object): Promise<unknown> =>
    client.remoting.invoke(client.address, CloneGroupOffset, { srcGroup: 'A', destGroup: 'B', ...more })
  await client.heartbeat('C', [consumerOf('A', ['U'])])
  await clone({ topic: 'T', offline: false })
  expect(await offsetOf(client, 'B')).toBe(0)
  await clone({ offline: true })
  expect(await offsetOf(client, 'B')).toBe(2)
})

test('the smallest offset of all groups is told, beside a group that is behind it', async () => {
  const client = wireClient(await startTestBroker())
  await filled(client)
  await client.heartbeat(
    'C',
    ['A', 'B', 'C'].map((name) => consumerOf(name, ['T'])),
  )
  await commit(client, 'A', 3)
  await commit(client, 'B', 2)
  await commit(client, 'C', 1)
  const ask = async (filterGroups: string, compareGroup: string): Promise<unknown> => {
    const header = { filterGroups, compareGroup, topic: 'T' }
    const { body } = await client.remoting.invoke(client.address, GetCorrectionOffsets, header)
    return correctionOffsetsBody.decode(body).correctionOffsets
  }
  expect(await ask('', 'A')).toEqual({ 0: 1 })
  expect(await ask('C', 'A')).toEqual({ 0: 2 })
  expect(await ask('C', 'C')).toEqual({ 0: 2 ** 63 })
  expect(await offsetOf(client, 'C')).toBe(1)
})

test('a group is forbidden to read a topic until it is allowed again, also after a restart', async () => {
  const running = await startTestBroker()
  const client = wireClient(running)
  await filled(client)
  const forbid = async (readable?: boolean): Promise<boolean | undefined> => {
    const header = { group: 'G', topic: 'T', ...(readable === undefined ? {} : { readable }) }
    const { body } = await client.remoting.invoke(client.address, UpdateGroupForbidden, header)
    return groupForbiddenBody.decode(body).readable
  }
  await client.heartbeat('C', [consumerOf('G', ['T'])])
  const pull = (one: WireClient): Promise<unknown> => one.pull('T', 0, { sysFlag: 0, subVersion: 1 })
  expect([await forbid(), await forbid(false)]).toEqual([true, false])
  await expectRefusal(pull(client), 16, 'the consumer group[G] is forbidden for topic[T]')
  const again = wireClient(await running.restart())
  await again.heartbeat('C', [consumerOf('G', ['T'])])
  await expectRefusal(pull(again), 16)
  const header = { group: 'G', topic: 'T', readable: true }
  await again.remoting.invoke(again.address, UpdateGroupForbidden, header)
  expect(await pull(again)).toMatchObject({ texts: ['a', 'b', 'c'] })
})

test('a topic of permission 2 takes messages and gives none', async () => {
  const client = wireClient(await startTestBroker())
  const header = { topic: 'T', readQueueNums: 1, writeQueueNums: 1, perm: 2 }
  await client.remoting.invoke(client.address, UpdateTopic, header)
  await filled(client)
  await expectRefusal(client.pull('T', 0), 16, 'the topic[T] pulling message is forbidden')
  await client.remoting.invoke(client.address, UpdateTopic, { ...header, perm: 6 })
  expect((await client.pull('T', 0)).texts).toEqual(['a', 'b', 'c'])
})

test('entries of a consume queue are told with what they point at', async () => {
  const client = wireClient(await startTestBroker())
  await filled(client)
  const ask = async (index: number, topic = 'T'): Promise<unknown> => {
    const header = { topic, queueId: 0, index, count: 2 }
    return consumeQueueBody.decode((await client.remoting.invoke(client.address, QueryConsumeQueue, header)).body)
  }
  const size = (await client.pull('T', 1)).messages[0]?.physicalOffset ?? 0
  expect(await ask(1)).toEqual({
    minQueueIndex: 0,
    maxQueueIndex: 3,
    queueData: [1, 2].map((n) => ({ physicOffset: n * size, physicSize: size, tagsCode: 'abc'.charCodeAt(n) })),
  })
  await expectRefusal(ask(3), 1, 'Index 3 of 0@T is not exist!')
  await expectRefusal(ask(0, 'U'), 1, '0@U is not exist!')
})

test('the times of a queue are told, and how long a group lets messages wait', async () => {
  const client = wireClient(await startTestBroker())
  await filled(client)
  const { messages } = await client.pull('T', 0, {
    sysFlag: PULL_FLAG.subscription | PULL_FLAG.commitOffset,
    commitOffset: 1,
  })
  const times = messages.map(({ storeTimestamp }) => storeTimestamp)
  const ask = async (topic: string): Promise<unknown> => {
    const { body } = await client.remoting.invoke(client.address, GetConsumeTimeSpan, { topic, group: 'G' })
    return timeSpanBody.decode(body).consumeTimeSpanSet
  }
  expect(await ask('T')).toMatchObject([{ minTimeStamp: times[0], maxTimeStamp: times[2], consumeTimeStamp: times[0] }])
  await expectRefusal(ask('U'), 17, 'topic[U] not exist')
})

test('topics of a group, of the system, and subscriptions are told', async () => {
  const client = wireClient(await startTestBroker())
  await filled(client)
  await client.heartbeat('C', [consumerOf('G', ['T'])])
  await commit(client, 'G', 1)
  const topics = await client.remoting.invoke(client.address, GetTopicsOfGroup, { group: 'G' })
  expect(topicListBody.decode(topics.body).topicList).toEqual(['T'])
  const system = await client.remoting.invoke(client.address, GetSystemTopicsOfBroker, {})
  expect(topicListBody.decode(system.body).topicList).toEqual(expect.arrayContaining(['TBW102', 'DefaultCluster']))
  expect(topicListBody.decode(system.body).topicList).not.toContain('T')
  const subscription = await client.remoting.invoke(client.address, GetSubscription, { group: 'G', topic: 'T' })
  expect(subscriptionBody.decode(subscription.body).subscriptionData).toMatchObject({ subString: '*' })
})

test('a changed setting stands in the broker’s file and counts after a restart', async () => {
  const { directory } = await startTestBroker()
  const configPath = join(directory, 'broker.conf')
  writeFileSync(configPath, '# mine\nbrokerName=broker-test\n')
  const second = wireClient(await startTestBroker({}, { configPath }))
  const body = Buffer.from('longPollingEnable=false\n')
  await second.remoting.invoke(second.address, UpdateBrokerConfig, {}, { body })
  const { loadBrokerConfig } = await import('../../src/broker/index.ts')
  const { config, warnings } = await loadBrokerConfig({ path: configPath })
  expect(config).toMatchObject({ brokerName: 'broker-test', longPollingEnable: false })
  expect(warnings).toEqual([])
})

test('a name server lists topics of units', async () => {
  const namesrv = await startNamesrv({ listenPort: 0, bindAddress: '127.0.0.1', kvConfigPath: '/nonexistent/kv.json' })
  onTestFinished(() => namesrv[Symbol.asyncDispose]())
  const address = `127.0.0.1:${namesrv.port}`
  const client = wireClient(await startTestBroker({ namesrvAddr: address }))
  for (const [topic, topicSysFlag] of Object.entries({ unit: 1, subscribed: 2, both: 3, plain: 0 })) {
    const header = { topic, readQueueNums: 1, writeQueueNums: 1, perm: 6, topicSysFlag }
    await client.remoting.invoke(client.address, UpdateTopic, header)
  }
  const list = async (api: typeof GetUnitTopics): Promise<readonly string[]> =>
    [...topicListBody.decode((await client.remoting.invoke(address, api, {})).body).topicList].sort()
  await until('all are registered', async () => (await list(GetUnitSubscribedTopics)).length === 2)
  expect(await list(GetUnitTopics)).toEqual(['both', 'unit'])
  expect(await list(GetUnitSubscribedTopics)).toEqual(['both', 'subscribed'])
  expect(await list(GetUnitSubscribedPlainTopics)).toEqual(['subscribed'])
})
