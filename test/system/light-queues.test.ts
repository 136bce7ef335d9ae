import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PULL_FLAG, QueryConsumerOffset, RESPONSE_CODE, UpdateConsumerOffset } from '../../src/remoting/index.ts'
import { expectRefusal, startTestBroker, type WireClient, wireClient } from '../kit/broker.ts'

const LIGHT = { enableLmq: true, enableMultiDispatch: true }
const GROUP = '%LMQ%group'

function sendTo(client: WireClient, text: string, ...names: string[]) {
  return client.send('T', text, { with: { INNER_MULTI_DISPATCH: names.join(',') } })
}

test('a message arrives in its own queue and in each light queue that it names', async () => {
  const started = await startTestBroker(LIGHT)
  const client = wireClient(started)
  await sendTo(client, 'a', '%LMQ%q1', '%LMQ%q2')
  await sendTo(client, 'b', '%LMQ%q1')
  await client.send('T', 'c')
  await sendTo(client, 'd', '%LMQ%q2', '%LMQ%q1')
  const texts = async (from: WireClient) => [
    (await from.pull('T', 0)).texts,
    (await from.pull('%LMQ%q1', 0, { consumerGroup: GROUP })).texts,
    (await from.pull('%LMQ%q2', 0, { consumerGroup: GROUP })).texts,
  ]
  const expected = [
    ['a', 'b', 'c', 'd'],
    ['a', 'b', 'd'],
    ['a', 'd'],
  ]
  expect(await texts(client)).toEqual(expected)
  const { messages } = await client.pull('T', 3)
  expect(messages[0]?.properties).toMatchObject({ INNER_MULTI_QUEUE_OFFSET: '1,2' })
  expect(await texts(wireClient(await started.restart()))).toEqual(expected)
})

test('a pull of a light queue waits until a message names it', async () => {
  const client = wireClient(await startTestBroker(LIGHT))
  const sysFlag = PULL_FLAG.subscription | PULL_FLAG.suspend
  const waiting = client.pull('%LMQ%q', 0, { consumerGroup: GROUP, sysFlag })
  await client.send('T', 'for others')
  await sendTo(client, 'for q', '%LMQ%q')
  expect((await waiting).texts).toEqual(['for q'])
})

test('offsets of groups of light queues are kept in a file of their own', async () => {
  const first = await startTestBroker(LIGHT)
  const client = wireClient(first)
  await sendTo(client, 'a', '%LMQ%q')
  const queue = { topic: '%LMQ%q', queueId: 0 }
  const commit = { ...queue, consumerGroup: GROUP, commitOffset: 1 }
  await client.remoting.invoke(client.address, UpdateConsumerOffset, commit)
  await client.pull('T', 0)
  const other = { topic: 'T', queueId: 0, consumerGroup: 'G', commitOffset: 7 }
  await client.remoting.invoke(client.address, UpdateConsumerOffset, other)
  const again = wireClient(await first.restart())
  const path = join(first.directory, 'config', 'lmqConsumerOffset.json')
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({
    lmqOffsetTable: { [`%LMQ%q@${GROUP}`]: 1 },
    offsetTable: { 'T@G': { 0: 7 } },
  })
  expect(existsSync(join(first.directory, 'config', 'consumerOffset.json'))).toBe(false)
  const asked = { ...queue, consumerGroup: GROUP }
  const { header } = await again.remoting.invoke(again.address, QueryConsumerOffset, asked)
  expect(header.offset).toBe(1)
})

test('what names no light queue, and one light queue too many, are refused', async () => {
  const client = wireClient(await startTestBroker({ ...LIGHT, maxLmqConsumeQueueNum: 2 }))
  await expectRefusal(sendTo(client, 'x', 'T2'), RESPONSE_CODE.MESSAGE_ILLEGAL)
  await expectRefusal(sendTo(client, 'x', '%LMQ%q', ''), RESPONSE_CODE.MESSAGE_ILLEGAL)
  await sendTo(client, 'a', '%LMQ%q1', '%LMQ%q2')
  await expectRefusal(sendTo(client, 'x', '%LMQ%q1', '%LMQ%q3'), RESPONSE_CODE.SYSTEM_ERROR)
  await sendTo(client, 'b', '%LMQ%q1')
  expect((await client.pull('%LMQ%q1', 0)).texts).toEqual(['a', 'b'])
})

test('without light queues their names are no topics, and a message that names some is an ordinary one', async () => {
  const client = wireClient(await startTestBroker())
  await sendTo(client, 'a', '%LMQ%q', 'anything')
  expect((await client.pull('T', 0)).messages[0]?.properties).not.toHaveProperty('INNER_MULTI_QUEUE_OFFSET')
  await expectRefusal(client.pull('%LMQ%q', 0), RESPONSE_CODE.TOPIC_NOT_EXIST)
})
