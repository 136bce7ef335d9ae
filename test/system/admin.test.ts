import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type Admin, openAdmin } from '../../src/admin/index.ts'
import { ConsumeMessageDirectly, parseJson, RemotingClient } from '../../src/remoting/index.ts'
import { expectRefusal } from '../kit/broker.ts'
import { type Cluster, freshName, startCluster, testClient } from '../kit/cluster.ts'
import { until } from '../kit/until.ts'

const CLUSTER = { cluster: 'DefaultCluster' } as const

let cluster: Cluster
let admin: Admin
/** Address of the one broker. */
let broker: string
beforeAll(async () => {
  cluster = await startCluster()
  admin = openAdmin({ nameServer: cluster.nameServer })
  broker = (await admin.cluster.addresses(CLUSTER))[0] ?? ''
}, 60_000)
afterAll(async () => {
  await admin[Symbol.asyncDispose]()
  await cluster[Symbol.asyncDispose]()
})

/** A topic of two queues with ten messages in each. */
async function filledTopic(): Promise<string> {
  const topic = freshName('T')
  await admin.topics.update(CLUSTER, { topicName: topic, readQueueNums: 2, writeQueueNums: 2 })
  const client = await testClient(cluster)
  await using producer = await client.producer({ group: freshName('P') })
  for (let n = 0; n < 20; n++) {
    await producer.send(
      { topic, body: Buffer.from(`${n}`) },
      { queue: { topic, brokerName: 'broker-a', queueId: n % 2 } },
    )
  }
  return topic
}

/** A group that has consumed and committed the whole topic, and is online until the end of the test. */
async function consumed(topic: string): Promise<{ readonly group: string; readonly bodies: readonly string[] }> {
  const group = freshName('G')
  const bodies: string[] = []
  const client = await testClient(cluster, { persistOffsetsMs: 50 })
  await client.pushConsumer({
    group,
    subscriptions: [{ topic }],
    listener: (message) => void bodies.push(message.body.toString()),
  })
  await until('the group has committed all', async () => {
    const { queues } = await admin.groups.progress(group, topic).catch(() => ({ queues: [] }))
    return queues.length === 2 && queues.every(({ consumerOffset }) => consumerOffset === 10)
  })
  return { group, bodies }
}

test('a topic is created, found, changed and removed', async () => {
  const topicName = freshName('T')
  const created = await admin.topics.update(CLUSTER, { topicName, readQueueNums: 4, writeQueueNums: 3 })
  expect(created).toMatchObject({ addresses: [broker], topic: { perm: 6 }, orderConfiguration: undefined })
  expect((await admin.topics.route(topicName)).queueDatas).toMatchObject([{ readQueueNums: 4, writeQueueNums: 3 }])
  expect(await admin.topics.list()).toContain(topicName)
  expect(await admin.topics.list('DefaultCluster')).toContain(topicName)
  expect((await admin.topics.status(topicName)).queues.map(({ queueId }) => queueId)).toEqual([0, 1, 2, 3])
  await admin.topics.update({ broker }, { topicName, readQueueNums: 4, writeQueueNums: 3, perm: 4 })
  expect((await admin.topics.route(topicName)).queueDatas).toMatchObject([{ perm: 4 }])
  await admin.topics.delete(topicName, 'DefaultCluster')
  await expectRefusal(admin.topics.route(topicName), 17)
  expect(await admin.topics.system()).toEqual(['DefaultCluster', 'broker-a'])
})

test('a topic of permission 4 takes no messages, one of permission 6 does again', async () => {
  const closed = freshName('R')
  await admin.topics.update(CLUSTER, { topicName: closed, perm: 4 })
  const client = await testClient(cluster)
  await using producer = await client.producer({ group: freshName('P') })
  await expect(producer.send({ topic: closed, body: Buffer.from('x') })).rejects.toThrow()
  await admin.topics.update(CLUSTER, { topicName: closed, perm: 6 })
  const other = await testClient(cluster)
  const next = await other.producer({ group: freshName('P') })
  expect((await next.send({ topic: closed, body: Buffer.from('x') })).status).toBe('SEND_OK')
})

test('an ordered topic has its order configuration at the name servers', async () => {
  const topicName = freshName('T')
  const settings = { topicName, writeQueueNums: 3, order: true }
  expect((await admin.topics.update({ broker }, settings)).orderConfiguration).toBe('broker-a:3')
  await admin.nameServers.updateConfig({ orderMessageEnable: 'true' })
  onTestFinished(() => admin.nameServers.updateConfig({ orderMessageEnable: 'false' }))
  expect((await admin.topics.route(topicName)).orderTopicConf).toBe('broker-a:3')
})

test('an unknown cluster or broker is named with those there are', async () => {
  await expect(admin.cluster.addresses({ cluster: 'Nowhere' })).rejects.toMatchObject({
    code: 'RMQ_ADMIN_CLUSTER',
    message: expect.stringContaining('It knows: DefaultCluster'),
  })
  await expect(admin.cluster.nameOf('127.0.0.1:1')).rejects.toMatchObject({ code: 'RMQ_ADMIN_BROKER' })
  await expect(admin.brokers.runtime('nonsense')).rejects.toMatchObject({ code: 'RMQ_ADMIN_ADDRESS' })
  for (const nameServer of [' ; ', 'a:1;nonsense'])
    expect(() => openAdmin({ nameServer })).toThrow(expect.objectContaining({ code: 'RMQ_ADMIN_ADDRESS' }))
})

test('another name server is asked when the first one does not answer', async () => {
  await using other = openAdmin({ nameServer: `127.0.0.1:1;${cluster.nameServer}` })
  expect(Object.keys((await other.cluster.info()).clusterAddrTable)).toEqual(['DefaultCluster'])
})

test('a group is created and removed with its progress', async () => {
  const topic = await filledTopic()
  const groupName = freshName('G')
  const { group } = await admin.groups.update(CLUSTER, { groupName, retryMaxTimes: 3 })
  expect(group).toMatchObject({ retryMaxTimes: 3, consumeEnable: true, retryQueueNums: 1 })
  expect((await admin.groups.settings(broker)).subscriptionGroupTable[groupName]?.retryMaxTimes).toBe(3)
  const other = await consumed(topic)
  expect(await admin.offsets.clone(other.group, groupName, topic)).toBeGreaterThanOrEqual(2)
  expect(await admin.topics.groups(topic)).toEqual([groupName, other.group].sort())
  expect(await admin.groups.delete({ broker }, groupName, true)).toEqual([broker])
  expect(await admin.topics.groups(topic)).toEqual([other.group])
})

test('who consumes is seen, how far it is, and which member has which queue', async () => {
  const topic = await filledTopic()
  const { group } = await consumed(topic)
  const { connectionSet, ...rest } = await admin.groups.connections(group)
  expect(rest).toMatchObject({ consumeType: 'CONSUME_PASSIVELY', messageModel: 'CLUSTERING' })
  expect(Object.keys(rest.subscriptionTable).sort()).toEqual([`%RETRY%${group}`, topic].sort())
  const clientId = connectionSet[0]?.clientId ?? ''
  expect(connectionSet).toMatchObject([{ version: 479, clientAddr: expect.stringMatching(/^127\.0\.0\.1:\d+$/) }])
  const assigned = await admin.groups.assignments(group)
  expect([0, 1].map((id) => assigned.get(`${topic} broker-a ${id}`))).toEqual([clientId, clientId])
  expect(await admin.groups.list()).toContain(group)
  const everyone = await admin.brokers.consumeStats(broker)
  const stats = everyone.groups.find((one) => one.group === group)?.stats.flatMap(({ queues }) => queues)
  expect(stats?.filter((queue) => queue.topic === topic)).toMatchObject([
    { consumerOffset: 10 },
    { consumerOffset: 10 },
  ])
})

test('nobody online is an answer of its own for consumers and producers', async () => {
  const topic = await filledTopic()
  const { group } = await consumed(topic)
  await expectRefusal(admin.groups.connections('nobody', broker), 206, 'the consumer group[nobody] not online')
  await expectRefusal(admin.groups.producers('nobody', topic), 1, 'the producer group[nobody] not exist')
  await expectRefusal(admin.groups.runningInfo(group, 'ghost'), 1, `The Consumer <${group}> <ghost> not online`)
  const missing = freshName('G')
  await expectRefusal(admin.groups.progress(missing), 17)
  await admin.topics.update(CLUSTER, { topicName: `%RETRY%${missing}` })
  await expect(admin.groups.progress(missing)).rejects.toMatchObject({ code: 'RMQ_ADMIN_NO_PROGRESS' })
})

test('producers are seen while they live', async () => {
  const topic = await filledTopic()
  const client = await testClient(cluster, { heartbeatMs: 50 })
  const group = freshName('P')
  const producer = await client.producer({ group })
  await producer.send({ topic, body: Buffer.from('x') })
  const seen = async (): Promise<number> => (await admin.groups.producers(group, topic).catch(() => [])).length
  await until('the producer is seen', async () => (await seen()) === 1)
  expect(Object.keys(await admin.brokers.producers(broker))).toContain(group)
  await producer[Symbol.asyncDispose]()
  await until('the producer is gone', async () => (await seen()) === 0)
})

test('a consumer consumes a stored message again when a tool asks for it', async () => {
  const topic = await filledTopic()
  const { group, bodies } = await consumed(topic)
  const client = await admin.client()
  await using producer = await client.producer({ group: freshName('P') })
  const { offsetMessageId } = await producer.send({ topic, body: Buffer.from('once more') })
  await until('it is consumed', () => bodies.includes('once more'))
  const clientId = (await admin.groups.connections(group)).connectionSet[0]?.clientId
  await using remoting = new RemotingClient()
  const ask = async (msgId: string): Promise<Buffer> => {
    const header = { consumerGroup: group, clientId, msgId, topic }
    return (await remoting.invoke(broker, ConsumeMessageDirectly, header)).body
  }
  expect(parseJson(await ask(offsetMessageId), 'result')).toMatchObject({ consumeResult: 'CR_SUCCESS' })
  expect(bodies.filter((body) => body === 'once more')).toHaveLength(2)
  await expectRefusal(ask('nonsense'), 1, 'can not find message by the id, nonsense')
})

test('a broker tells what it has done', async () => {
  const before = await admin.brokers.runtime(broker)
  const topic = await filledTopic()
  await consumed(topic)
  const after = await admin.brokers.runtime(broker)
  const grown = (key: string): number => Number(after[key]) - Number(before[key])
  expect(grown('msgPutTotalTodayNow')).toBe(20)
  expect(grown('msgGetTotalTodayNow')).toBe(20)
  expect(grown('putMessageSizeTotal')).toBe(grown('commitLogMaxOffset'))
  expect(after).toMatchObject({ brokerActive: 'true', brokerVersionDesc: 'V5_3_3', sendThreadPoolQueueSize: '0' })
  expect(after['putTps']).toMatch(/^\d+\.\d+ \d+\.\d+ \d+\.\d+$/)
  expect(Number(after['earliestMessageTimeStamp'])).toBeGreaterThan(1_600_000_000_000)
  await expectRefusal(admin.brokers.statistic(broker, 'TOPIC_PUT_NUMS', 'nowhere'), 1)
  // Counted at once, told after the next sample.
  expect((await admin.brokers.statistic(broker, 'TOPIC_PUT_NUMS', topic)).statsDay.avgpt).toBeLessThanOrEqual(1)
})

test('a setting changes while the broker runs; wrong ones change nothing', async () => {
  const topic = await filledTopic()
  expect(await admin.brokers.updateConfig(broker, { brokerPermission: '4' })).toBeUndefined()
  onTestFinished(async () => void (await admin.brokers.updateConfig(broker, { brokerPermission: '6' })))
  const permission = async (): Promise<number | undefined> => (await admin.topics.route(topic)).queueDatas[0]?.perm
  await until('the name server knows', async () => (await permission()) === 4)
  expect((await admin.brokers.config(broker)).get('brokerPermission')).toBe('4')
  const remark = await admin.brokers.updateConfig(broker, { flushDiskType: 'SYNC_FLUSH', aclEnable: 'true' })
  expect(remark).toBe('flushDiskType: effective after a restart; aclEnable: without effect here')
  await expectRefusal(
    admin.brokers.updateConfig(broker, { configBlackList: '' }),
    16,
    'Can not update config in black list.',
  )
  await expectRefusal(admin.brokers.updateConfig(broker, { brokerPermision: '6' }), 29)
  await expectRefusal(admin.brokers.updateConfig(broker, { brokerPermission: 'all' }), 29)
  expect((await admin.brokers.config(broker)).get('brokerPermission')).toBe('4')
})

test('name servers tell and change their settings, values and permissions', async () => {
  const topic = await filledTopic()
  expect((await admin.nameServers.config()).get(cluster.nameServer)?.get('enableTopicList')).toBe('true')
  await admin.nameServers.updateConfig({ enableAllTopicList: 'false' })
  await expectRefusal(admin.topics.list(), 1, 'disable')
  await admin.nameServers.updateConfig({ enableAllTopicList: 'true' })
  await expectRefusal(admin.nameServers.updateConfig({ kvConfigPath: 'x' }), 16)
  const touched = (await admin.nameServers.setWritable('broker-a', false)).get(cluster.nameServer)
  expect(touched).toBeGreaterThan(10)
  expect((await admin.topics.route(topic)).queueDatas[0]?.perm).toBe(4)
  await admin.nameServers.setWritable('broker-a', true)
  expect((await admin.topics.route(topic)).queueDatas[0]?.perm).toBe(6)
})
