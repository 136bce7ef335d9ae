import { expect, test } from 'vitest'
import {
  CheckClientConfig,
  checkClientBody,
  consumerListBody,
  DeleteGroup,
  GetAllGroups,
  GetConsumerList,
  GetGroupConfig,
  GetTopicConfig,
  groupConfigBody,
  groupTableBody,
  Heartbeat,
  heartbeatBody,
  LockQueues,
  lockedQueuesBody,
  lockRequestBody,
  topicConfigBody,
  UnlockQueues,
  UnregisterClient,
  UpdateGroup,
} from '../../src/remoting/index.ts'
import {
  consumerOf,
  expectRefusal,
  startTestBroker,
  subscriptionOf,
  type WireClient,
  wireClient,
} from '../kit/broker.ts'
import { until } from '../kit/until.ts'

async function members(client: WireClient, consumerGroup: string): Promise<readonly string[]> {
  const answer = await client.remoting.invoke(client.address, GetConsumerList, { consumerGroup })
  return consumerListBody.decode(answer.body).consumerIdList
}

test('all members are told at once when one joins, leaves or is lost', async () => {
  const running = await startTestBroker()
  const [one, two, three] = [wireClient(running), wireClient(running), wireClient(running)]
  await one.heartbeat('one', [consumerOf('G', ['T'])])
  expect(one.notices).toEqual(['G'])
  await two.heartbeat('two', [consumerOf('G', ['T'])])
  expect(await members(one, 'G')).toEqual(['one', 'two'])
  expect([one.notices.length, two.notices.length]).toEqual([2, 1])

  // A heartbeat that brings nothing new tells nobody.
  await two.heartbeat('two', [consumerOf('G', ['T'])])
  await three.heartbeat('three', [consumerOf('G', ['T'])])
  await members(one, 'G')
  await members(two, 'G')
  expect([one.notices.length, two.notices.length, three.notices.length]).toEqual([3, 2, 1])

  await two.remoting.invoke(two.address, UnregisterClient, { clientID: 'two', consumerGroup: 'G' })
  expect(await members(one, 'G')).toEqual(['one', 'three'])
  expect([one.notices.length, two.notices.length]).toEqual([4, 2])

  await three.remoting[Symbol.asyncDispose]()
  await until('the lost member left', async () => (await members(one, 'G')).length === 1)
  expect(one.notices.length).toBe(5)
})

test('members that broadcast are not told', async () => {
  const running = await startTestBroker()
  const client = wireClient(running)
  await client.heartbeat('one', [consumerOf('G', ['T'], { messageModel: 'BROADCASTING' })])
  expect(await members(client, 'G')).toEqual(['one'])
  expect(client.notices).toEqual([])
})

test('a group without members is unknown, and its subscriptions with it', async () => {
  const running = await startTestBroker()
  const [leaving, asking] = [wireClient(running), wireClient(running)]
  await leaving.send('T', 'x')
  await leaving.heartbeat('one', [consumerOf('G', ['T'])])
  await leaving.remoting[Symbol.asyncDispose]()
  await until('the group is gone', () =>
    members(asking, 'G').then(
      () => false,
      () => true,
    ),
  )
  await expectRefusal(members(asking, 'G'), 1, 'no consumer for this group, G')
  await expectRefusal(asking.pull('T', 0, { sysFlag: 0, subVersion: 1 }), 24)
})

test('a heartbeat creates the group and its retry topic', async () => {
  const client = wireClient(await startTestBroker())
  await client.heartbeat('one', [consumerOf('G', ['T'])])
  const topic = await client.remoting.invoke(client.address, GetTopicConfig, { topic: '%RETRY%G' })
  expect(topicConfigBody.decode(topic.body)).toMatchObject({ readQueueNums: 1, writeQueueNums: 1, perm: 6 })
  const group = await client.remoting.invoke(client.address, GetGroupConfig, { group: 'G' })
  expect(groupConfigBody.decode(group.body)).toMatchObject({ groupName: 'G', retryMaxTimes: 16, retryQueueNums: 1 })
})

test('with autoCreateSubscriptionGroup=false unknown groups are refused', async () => {
  const running = await startTestBroker({ autoCreateSubscriptionGroup: false })
  const client = wireClient(running)
  await client.send('T', 'x')
  await expectRefusal(client.pull('T', 0), 26)
  await client.remoting.invoke(
    client.address,
    UpdateGroup,
    {},
    { body: Buffer.from(JSON.stringify({ groupName: 'G', retryMaxTimes: 3 })) },
  )
  expect((await client.pull('T', 0)).texts).toEqual(['x'])

  const again = wireClient(await running.restart())
  const all = groupTableBody.decode((await again.remoting.invoke(again.address, GetAllGroups, {})).body)
  expect(all.subscriptionGroupTable['G']).toMatchObject({ retryMaxTimes: 3, consumeEnable: true })
  expect(Object.keys(all.subscriptionGroupTable)).toContain('TOOLS_CONSUMER')
  await again.remoting.invoke(again.address, DeleteGroup, { groupName: 'G', cleanOffset: true })
  await expectRefusal(again.pull('T', 0), 26)
})

test('the newest subscription of a topic counts, and what a heartbeat leaves out is gone', async () => {
  const client = wireClient(await startTestBroker())
  for (const tag of ['A', 'B']) await client.send('T', tag, { with: { TAGS: tag } })
  await client.send('U', 'x')
  const subscribe = (tag: string, subVersion: number, topics: readonly string[] = []) => {
    const wanted = subscriptionOf('T', { subString: tag, tagsSet: [tag], codeSet: [tag.charCodeAt(0)], subVersion })
    const others = topics.map((topic) => subscriptionOf(topic))
    return client.heartbeat('one', [consumerOf('G', [], { subscriptionDataSet: [wanted, ...others] })])
  }
  const pulled = async (topic: string) => (await client.pull(topic, 0, { sysFlag: 0 })).texts
  await subscribe('A', 10, ['U'])
  expect([await pulled('T'), await pulled('U')]).toEqual([['A'], ['x']])
  await subscribe('B', 9, ['U'])
  expect(await pulled('T')).toEqual(['A'])
  await subscribe('B', 11)
  expect(await pulled('T')).toEqual(['B'])
  await expectRefusal(pulled('U'), 24)
})

test('a heartbeat with a fingerprint need not repeat the subscriptions', async () => {
  const client = wireClient(await startTestBroker())
  const beat = async (heartbeatFingerprint: number, withoutSub: boolean) => {
    const consumer = consumerOf('G', withoutSub ? [] : ['T'])
    const body = heartbeatBody.encode({
      clientID: 'one',
      consumerDataSet: [consumer],
      producerDataSet: [],
      heartbeatFingerprint,
      withoutSub,
    })
    const { header } = await client.remoting.invoke(client.address, Heartbeat, {}, { body })
    expect(header.IS_SUPPORT_HEART_BEAT_V2).toBe('true')
    return header.IS_SUB_CHANGE
  }
  await client.send('T', 'x')
  expect(await beat(5, true)).toBe('true')
  expect(await beat(5, false)).toBe('false')
  expect(await beat(5, true)).toBe('false')
  expect((await client.pull('T', 0, { sysFlag: 0 })).texts).toEqual(['x'])
  expect(await beat(6, true)).toBe('true')
})

test('expressions on properties are refused when a client asks', async () => {
  const client = wireClient(await startTestBroker())
  const ask = (expressionType: string) => {
    const body = checkClientBody.encode({
      clientId: 'one',
      group: 'G',
      subscriptionData: subscriptionOf('T', { expressionType, subString: 'a > 1' }),
    })
    return client.remoting.invoke(client.address, CheckClientConfig, {}, { body })
  }
  await ask('TAG')
  await expectRefusal(ask('SQL92'), 1, 'The broker does not support consumer to filter message by SQL92')
})

test('a queue is locked by one member of a group at a time', async () => {
  const client = wireClient(await startTestBroker())
  const queues = [0, 1].map((queueId) => ({ topic: 'T', brokerName: 'broker-test', queueId }))
  const bodyOf = (clientId: string, mqSet: typeof queues) =>
    lockRequestBody.encode({ consumerGroup: 'G', clientId, mqSet, onlyThisBroker: false })
  const lock = async (clientId: string) => {
    const { remoting, address } = client
    const answer = await remoting.invoke(address, LockQueues, {}, { body: bodyOf(clientId, queues) })
    return lockedQueuesBody.decode(answer.body).lockOKMQSet.map((queue) => queue.queueId)
  }
  expect(await lock('one')).toEqual([0, 1])
  expect(await lock('two')).toEqual([])
  await client.remoting.invoke(client.address, UnlockQueues, {}, { body: bodyOf('two', queues) })
  await client.remoting.invoke(client.address, UnlockQueues, {}, { body: bodyOf('one', queues.slice(1)) })
  expect(await lock('two')).toEqual([1])
})
