import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ConsumerSendBack, PULL_FLAG, UpdateGroup } from '../../src/remoting/index.ts'
import { expectRefusal, type Pulled, startTestBroker, type WireClient, wireClient } from '../kit/broker.ts'

const HELD = { sysFlag: PULL_FLAG.suspend | PULL_FLAG.subscription }
/** Levels of one second each: the shortest that the setting can say. */
const QUICK = { messageDelayLevel: '1s 1s 1s 1s 2h' }

function giveBack(client: WireClient, pulled: Pulled, changes: object = {}): Promise<unknown> {
  const offset = pulled.messages[0]?.physicalOffset ?? -1
  const header = { offset, group: 'G', delayLevel: 0, originTopic: 'T', ...changes }
  return client.remoting.invoke(client.address, ConsumerSendBack, header)
}

test('a delayed message comes to its own topic and queue when it is due', async () => {
  const client = wireClient(await startTestBroker(QUICK))
  const sent = await client.send('T', 'late', { queueId: 2, with: { DELAY: '1', TAGS: 'A' } })
  expect(sent.header).toMatchObject({ queueId: 2, queueOffset: 0 })
  const [waiting] = (await client.pull('SCHEDULE_TOPIC_XXXX', 0)).messages
  expect(waiting?.properties).toMatchObject({ REAL_TOPIC: 'T', REAL_QID: '2', DELAY: '1' })

  const [message] = (await client.pull('T', 0, { ...HELD, queueId: 2, subscription: 'A' })).messages
  expect(message).toMatchObject({
    topic: 'T',
    messageId: sent.header.transactionId,
    bornTimestamp: waiting?.bornTimestamp,
    bornHost: waiting?.bornHost,
    properties: { DELAY: '1', REAL_TOPIC: 'T', REAL_QID: '2' },
  })
  const waitedMs = (message?.storeTimestamp ?? 0) - (waiting?.storeTimestamp ?? 0)
  expect(waitedMs).toBeGreaterThanOrEqual(1000)
})

test('a level above the highest is the highest', async () => {
  const client = wireClient(await startTestBroker(QUICK))
  await client.send('T', 'late', { with: { DELAY: '99' } })
  const [waiting] = (await client.pull('SCHEDULE_TOPIC_XXXX', 0, { queueId: 4 })).messages
  expect(waiting?.properties['DELAY']).toBe('5')
})

test('delayed messages wait through a restart, each delivered once', async () => {
  const first = await startTestBroker(QUICK)
  const client = wireClient(first)
  await client.send('T', 'before', { with: { DELAY: '1' } })
  expect((await client.pull('T', 0, HELD)).texts).toEqual(['before'])
  await client.send('T', 'across', { with: { DELAY: '2' } })
  const second = await first.restart()
  const kept = JSON.parse(readFileSync(join(second.directory, 'config', 'delayOffset.json'), 'utf8'))
  expect(kept.offsetTable).toMatchObject({ 1: 1, 2: 0 })
  expect((await wireClient(second).pull('T', 1, HELD)).texts).toEqual(['across'])
})

test('a message that is given back comes from the retry topic, one level later each time', async () => {
  const client = wireClient(await startTestBroker(QUICK))
  const sent = await client.send('T', 'hard', { with: { KEYS: 'k' } })
  await giveBack(client, await client.pull('T', 0))
  const once = await client.pull('%RETRY%G', 0, HELD)
  const [retried] = once.messages
  expect(retried).toMatchObject({
    topic: '%RETRY%G',
    reconsumeTimes: 1,
    messageId: sent.header.transactionId,
    keys: ['k'],
    properties: { RETRY_TOPIC: 'T', ORIGIN_MESSAGE_ID: sent.header.msgId, DELAY: '3', WAIT: 'false' },
  })
  await giveBack(client, once)
  const [again] = (await client.pull('%RETRY%G', 1, HELD)).messages
  expect(again).toMatchObject({ reconsumeTimes: 2, properties: { DELAY: '4', ORIGIN_MESSAGE_ID: sent.header.msgId } })
})

test('a message that was tried often enough goes to the dead letters', async () => {
  const client = wireClient(await startTestBroker(QUICK))
  await client.send('T', 'hopeless')
  await giveBack(client, await client.pull('T', 0), { maxReconsumeTimes: 0 })
  const [dead] = (await client.pull('%DLQ%G', 0)).messages
  expect(dead).toMatchObject({ reconsumeTimes: 1, properties: { RETRY_TOPIC: 'T', DELAY: '0' } })
  expect(dead?.properties['REAL_TOPIC']).toBeUndefined()
  await giveBack(client, await client.pull('T', 0), { delayLevel: -1 })
  expect((await client.pull('%DLQ%G', 1)).texts).toEqual(['hopeless'])
})

test('what cannot be given back is refused', async () => {
  const client = wireClient(await startTestBroker())
  await client.send('T', 'x')
  const pulled = await client.pull('T', 0)
  await expectRefusal(giveBack(client, pulled, { offset: 123_456 }), 1, 'look message by offset failed, 123456')
  await expectRefusal(giveBack(client, pulled, { group: 'not legal' }), 26)
})

test('a consumer may send to its retry topic itself, until the tries are used up', async () => {
  const client = wireClient(await startTestBroker(QUICK))
  const again = (reconsumeTimes: number) =>
    client.send('%RETRY%G', `${reconsumeTimes}`, { reconsumeTimes, maxReconsumeTimes: 2, with: { DELAY: '1' } })
  await again(2)
  expect((await client.pull('%RETRY%G', 0, HELD)).texts).toEqual(['2'])
  await again(3)
  const [dead] = (await client.pull('%DLQ%G', 0)).messages
  expect(dead).toMatchObject({ topic: '%DLQ%G', properties: { DELAY: '-1' } })
})

/** Sets a group's configuration as tools do. */
async function configure(client: WireClient, changes: object): Promise<void> {
  const body = Buffer.from(JSON.stringify({ groupName: 'G', ...changes }))
  await client.remoting.invoke(client.address, UpdateGroup, {}, { body })
}

test('a group’s retryMaxTimes counts when the consumer does not say how often', async () => {
  const client = wireClient(await startTestBroker(QUICK))
  await configure(client, { retryMaxTimes: 1 })
  await client.send('T', 'x')
  await giveBack(client, await client.pull('T', 0))
  const once = await client.pull('%RETRY%G', 0, HELD)
  expect(once.messages[0]?.reconsumeTimes).toBe(1)
  await giveBack(client, once)
  expect((await client.pull('%DLQ%G', 0)).texts).toEqual(['x'])
})

test('messages given back use as many queues as the group has for them, and only queues that its retry topic has', async () => {
  const client = wireClient(await startTestBroker(QUICK))
  const queuesUsed = async (from: number): Promise<readonly (string | undefined)[]> => {
    const waiting = await client.pull('SCHEDULE_TOPIC_XXXX', from, { queueId: 2 })
    return [...new Set(waiting.messages.map(({ properties }) => properties['REAL_QID']))].sort()
  }
  await configure(client, { retryQueueNums: 3 })
  await client.send('T', 'x')
  const pulled = await client.pull('T', 0)
  for (let n = 0; n < 30; n++) await giveBack(client, pulled)
  expect(await queuesUsed(0)).toEqual(['0', '1', '2'])
  await configure(client, { retryQueueNums: 9 })
  for (let n = 0; n < 30; n++) await giveBack(client, pulled)
  expect(await queuesUsed(30)).toEqual(['0', '1', '2'])
})

test('a group without retry queues loses what it gives back, and one that may not consume gets nothing', async () => {
  const client = wireClient(await startTestBroker(QUICK))
  await configure(client, { retryQueueNums: 0 })
  await client.send('T', 'x')
  await giveBack(client, await client.pull('T', 0))
  const answer = await client.pull('SCHEDULE_TOPIC_XXXX', 0, { queueId: 2 })
  expect(answer.texts).toEqual([])
  await configure(client, { consumeEnable: false })
  await expectRefusal(client.pull('T', 0), 16, expect.stringContaining('G'))
})

test('a message given back tells of a wish for a level above the highest as the highest', async () => {
  const client = wireClient(await startTestBroker(QUICK))
  await client.send('T', 'x')
  await giveBack(client, await client.pull('T', 0), { delayLevel: 40 })
  const [waiting] = (await client.pull('SCHEDULE_TOPIC_XXXX', 0, { queueId: 4 })).messages
  expect(waiting?.properties).toMatchObject({ DELAY: '5', REAL_TOPIC: '%RETRY%G' })
})
