import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  DeleteTopicInBroker,
  GetAllTopicConfig,
  GetTopicConfig,
  type TopicConfig,
  topicConfigBody,
  topicConfigTableBody,
  UpdateTopic,
} from '../../src/remoting/index.ts'
import { expectRefusal, startTestBroker, type WireClient, wireClient } from '../kit/broker.ts'
import { until } from '../kit/until.ts'

async function topicOf(client: WireClient, topic: string): Promise<TopicConfig> {
  return topicConfigBody.decode((await client.remoting.invoke(client.address, GetTopicConfig, { topic })).body)
}

async function topicsOf(client: WireClient): Promise<Readonly<Record<string, TopicConfig>>> {
  const answer = await client.remoting.invoke(client.address, GetAllTopicConfig, {})
  return topicConfigTableBody.decode(answer.body).topicConfigTable
}

test('every broker has the topics of the system', async () => {
  const client = wireClient(await startTestBroker({ brokerClusterName: 'C' }))
  const topics = Object.values(await topicsOf(client)).map((topic) => [
    topic.topicName,
    topic.readQueueNums,
    topic.perm,
  ])
  expect(topics).toEqual([
    ['SELF_TEST_TOPIC', 1, 6],
    ['TBW102', 8, 7],
    ['BenchmarkTest', 1024, 6],
    ['C', 16, 7],
    ['broker-test', 1, 7],
    ['OFFSET_MOVED_EVENT', 1, 6],
    ['SCHEDULE_TOPIC_XXXX', 18, 6],
    ['C_REPLY_TOPIC', 1, 6],
    ['rmq_sys_REVIVE_LOG_C', 8, 6],
    ['rmq_sys_SYNC_BROKER_MEMBER_broker-test', 1, 1],
    ['RMQ_SYS_TRANS_HALF_TOPIC', 1, 6],
    ['RMQ_SYS_TRANS_OP_HALF_TOPIC', 1, 6],
    ['rmq_sys_wheel_timer', 1, 6],
  ])
})

test('an unknown topic is created on the first send, after the settings of TBW102', async () => {
  const client = wireClient(await startTestBroker())
  await client.send('Few', 'x', { defaultTopicQueueNums: 3 })
  await client.send('Many', 'x', { defaultTopicQueueNums: 100 })
  expect(await topicOf(client, 'Few')).toMatchObject({ readQueueNums: 3, writeQueueNums: 3, perm: 6 })
  expect(await topicOf(client, 'Many')).toMatchObject({ readQueueNums: 8, writeQueueNums: 8, perm: 6 })
})

test('with autoCreateTopicEnable=false only retry topics are created', async () => {
  const client = wireClient(await startTestBroker({ autoCreateTopicEnable: false }))
  await expectRefusal(client.send('T', 'x'), 17)
  await client.send('%RETRY%G', 'x')
  expect(await topicOf(client, '%RETRY%G')).toMatchObject({ readQueueNums: 1, perm: 6 })
})

test('topics are kept over a restart, in a file that Apache reads', async () => {
  const first = await startTestBroker()
  await wireClient(first).send('T', 'x')
  const second = await first.restart()
  expect(await topicOf(wireClient(second), 'T')).toMatchObject({ readQueueNums: 4 })
  const kept = JSON.parse(readFileSync(join(second.directory, 'config', 'topics.json'), 'utf8'))
  expect(kept.topicConfigTable.T).toEqual({
    topicName: 'T',
    readQueueNums: 4,
    writeQueueNums: 4,
    perm: 6,
    topicFilterType: 'SINGLE_TAG',
    topicSysFlag: 0,
    order: false,
    attributes: {},
  })
  expect(kept.dataVersion).toMatchObject({
    counter: expect.any(Number),
    stateVersion: 0,
    timestamp: expect.any(Number),
  })
})

test('tools create, change and delete topics', async () => {
  const client = wireClient(await startTestBroker())
  const update = (changes: object) =>
    client.remoting.invoke(client.address, UpdateTopic, {
      topic: 'T',
      readQueueNums: 2,
      writeQueueNums: 2,
      perm: 6,
      ...changes,
    })
  await update({ attributes: '+message.type=FIFO' })
  await update({ readQueueNums: 5, order: true })
  expect(await topicOf(client, 'T')).toMatchObject({
    readQueueNums: 5,
    writeQueueNums: 2,
    order: true,
    attributes: { 'message.type': 'FIFO' },
  })
  await update({ attributes: '-message.type' })
  expect((await topicOf(client, 'T')).attributes).toEqual({})
  await expectRefusal(update({ attributes: '+colour=red' }), 1, 'unsupported key: colour')
  await expectRefusal(update({ topic: 'a b' }), 29)
  await expectRefusal(update({ topic: 'TBW102' }), 29, 'The topic[TBW102] is conflict with system topic.')

  await client.send('T', 'x', { queueId: 1 })
  const remove = (topic: string) => client.remoting.invoke(client.address, DeleteTopicInBroker, { topic })
  await remove('T')
  await expectRefusal(topicOf(client, 'T'), 17, 'No topic in this broker. topic: T')
  await expectRefusal(remove('SCHEDULE_TOPIC_XXXX'), 29)
  await client.send('T', 'again')
  expect((await client.pull('T', 0)).texts).toEqual(['again'])
})

test('a damaged file of topics is replaced by its backup', async () => {
  const first = await startTestBroker()
  const client = wireClient(first)
  const path = join(first.directory, 'config', 'topics.json')
  await client.send('T', 'x')
  // Changes during a save make one more: U must not come along with T.
  await until('the file has T', () => existsSync(path) && readFileSync(path, 'utf8').includes('"T"'))
  await client.send('U', 'x')
  await until(
    'the backup has T',
    () => existsSync(`${path}.bak`) && readFileSync(`${path}.bak`, 'utf8').includes('"T"'),
  )
  await first.broker[Symbol.asyncDispose]()
  writeFileSync(path, '{ "dataVersion": {')
  const second = await first.restart()
  expect((await topicOf(wireClient(second), 'T')).topicName).toBe('T')
  expect(readFileSync(path, 'utf8')).toContain('"T"')
  expect(readFileSync(`${path}.damaged`, 'utf8')).toBe('{ "dataVersion": {')
})
