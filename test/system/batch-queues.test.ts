import { expect, test } from 'vitest'
import { openAdmin } from '../../src/admin/index.ts'
import { encodeBatch, encodeProperties, SYS_FLAG } from '../../src/message/index.ts'
import { GetTopicStats, RESPONSE_CODE, SendBatchMessage, UpdateTopic } from '../../src/remoting/index.ts'
import { expectRefusal, startTestBroker, type WireClient, wireClient } from '../kit/broker.ts'
import { freshName, startCluster, testClient } from '../kit/cluster.ts'
import { until } from '../kit/until.ts'

async function createBatchTopic(client: WireClient, topic: string): Promise<void> {
  const attributes = '+queue.type=BatchCQ'
  const request = { topic, defaultTopic: 'TBW102', readQueueNums: 1, writeQueueNums: 1, perm: 6, attributes }
  await client.remoting.invoke(client.address, UpdateTopic, request)
}

function sendBatch(client: WireClient, topic: string, texts: readonly string[], properties: Record<string, string>) {
  const header = {
    producerGroup: 'P',
    topic,
    defaultTopic: 'TBW102',
    defaultTopicQueueNums: 1,
    queueId: 0,
    sysFlag: 0,
    bornTimestamp: 1_700_000_000_000,
    flag: 0,
    properties: encodeProperties(properties),
    batch: true,
  }
  const body = encodeBatch(texts.map((text) => ({ body: Buffer.from(text), flag: 0, properties: '' })))
  return client.remoting.invoke(client.address, SendBatchMessage, header, { body })
}

test('a batch with an id becomes one record of a topic with batch queues, one without an id a record each', async () => {
  const started = await startTestBroker()
  const client = wireClient(started)
  await createBatchTopic(client, 'B')
  const inner = await sendBatch(client, 'B', ['a', 'b', 'c'], { UNIQ_KEY: 'U' })
  expect(inner.header).toMatchObject({ queueOffset: 0, batchUniqId: 'U', transactionId: 'U' })
  expect(inner.header.msgId).toHaveLength(32)
  const plain = await sendBatch(client, 'B', ['d', 'e'], {})
  expect(plain.header).toMatchObject({ queueOffset: 3 })
  expect(plain.header.batchUniqId).toBeUndefined()
  await client.send('B', 'f')
  const pulled = await client.pull('B', 1)
  expect(pulled.texts).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
  expect(pulled.messages.map(({ queueOffset }) => queueOffset)).toEqual([0, 1, 2, 3, 4, 5])
  expect(pulled.header).toMatchObject({ nextBeginOffset: 6, maxOffset: 6 })
  const again = wireClient(await started.restart())
  expect((await again.pull('B', 2)).texts).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
})

test('a message that calls itself an inner batch is refused by other topics, and by any without the flag', async () => {
  const client = wireClient(await startTestBroker())
  await client.send('T', 'makes the topic')
  await createBatchTopic(client, 'B')
  const sysFlag = SYS_FLAG.innerBatch | SYS_FLAG.needUnwrap
  await expectRefusal(client.send('T', 'x', { sysFlag }), RESPONSE_CODE.MESSAGE_ILLEGAL)
  await expectRefusal(client.send('B', 'no batch', { sysFlag }), RESPONSE_CODE.MESSAGE_ILLEGAL)
  for (const topic of ['T', 'B']) {
    await expectRefusal(client.send(topic, 'x', { with: { INNER_NUM: '2' } }), RESPONSE_CODE.MESSAGE_ILLEGAL)
    await expectRefusal(
      sendBatch(client, topic, ['x'], { INNER_NUM: '2', UNIQ_KEY: 'U' }),
      RESPONSE_CODE.MESSAGE_ILLEGAL,
    )
  }
  expect((await client.pull('T', 0)).texts).toEqual(['makes the topic'])
  const { body } = await client.remoting.invoke(client.address, GetTopicStats, { topic: 'B' })
  expect(body.toString()).not.toContain('"maxOffset":1')
})

test('our producer’s batches arrive one by one from a topic with batch queues', async () => {
  await using cluster = await startCluster()
  const topic = freshName('Inner')
  await using admin = openAdmin({ nameServer: cluster.nameServer })
  await admin.topics.update(
    { cluster: 'DefaultCluster' },
    { topicName: topic, attributes: '+queue.type=BatchCQ', readQueueNums: 1, writeQueueNums: 1 },
  )
  const client = await testClient(cluster)
  const producer = await client.producer({ group: freshName('P') })
  const texts = ['a', 'b', 'c', 'd']
  const sent = await producer.sendBatch(texts.map((text) => ({ topic, body: Buffer.from(text), tag: `tag-${text}` })))
  expect(sent).toMatchObject({ status: 'SEND_OK', queueOffset: 0 })
  const got: string[] = []
  await client.pushConsumer({
    group: freshName('G'),
    from: 'first',
    subscriptions: [{ topic }],
    listener: ({ tag, body, queueOffset }) => void got.push(`${queueOffset} ${tag} ${body}`),
  })
  await until('all messages', () => got.length >= texts.length)
  expect(got.sort()).toEqual(texts.map((text, at) => `${at} tag-${text} ${text}`))
})
