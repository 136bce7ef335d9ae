import { expect, test } from 'vitest'
import { encodeBatch, encodeProperties } from '../../src/message/index.ts'
import { FAQ, PULL_FLAG, SendBatchMessage } from '../../src/remoting/index.ts'
import { consumerOf, expectRefusal, startTestBroker, subscriptionOf, wireClient } from '../kit/broker.ts'

test('a sent message is pulled as it was sent, with what the broker adds', async () => {
  const running = await startTestBroker()
  const client = wireClient(running)
  const sent = await client.send('T', 'hello', { with: { TAGS: 'A', KEYS: 'k1 k2' }, flag: 7 })
  expect(sent.header).toMatchObject({
    queueId: 0,
    queueOffset: 0,
    msgId: expect.stringMatching(/^7F000001[0-9A-F]{24}$/),
  })
  expect([sent.field('MSG_REGION'), sent.field('TRACE_ON')]).toEqual(['DefaultRegion', 'true'])

  const pulled = await client.pull('T', 0)
  expect(pulled).toMatchObject({ code: 0, remark: 'FOUND', header: { nextBeginOffset: 1, minOffset: 0, maxOffset: 1 } })
  const [message] = pulled.messages
  expect(message).toMatchObject({
    topic: 'T',
    tag: 'A',
    keys: ['k1', 'k2'],
    flag: 7,
    queueOffset: 0,
    bornTimestamp: 1_700_000_000_000,
    offsetMessageId: sent.header.msgId,
    messageId: sent.header.transactionId,
    storeHost: running.broker.address,
    properties: { MSG_REGION: 'DefaultRegion', TRACE_ON: 'true', CLUSTER: 'DefaultCluster' },
  })
  expect(message?.body.toString()).toBe('hello')
  expect(message?.bornHost).toMatch(/^127\.0\.0\.1:\d+$/)
})

test('the id that a client gave is kept, and its properties may lack the closing separator', async () => {
  const client = wireClient(await startTestBroker())
  const sent = await client.send('T', 'x', { properties: 'UNIQ_KEY\u0001MINE\u0002TAGS\u0001A' })
  expect(sent.header.transactionId).toBe('MINE')
  const [message] = (await client.pull('T', 0)).messages
  expect(message).toMatchObject({ messageId: 'MINE', tag: 'A', properties: { CLUSTER: 'DefaultCluster' } })
})

test('a batch is stored as one record a message and answered with all their ids', async () => {
  const client = wireClient(await startTestBroker())
  const items = ['one', 'two', 'three'].map((text) => ({
    body: Buffer.from(text),
    flag: 0,
    properties: { UNIQ_KEY: `id-${text}`, TAGS: text },
  }))
  const header = {
    producerGroup: 'P',
    topic: 'B',
    defaultTopic: 'TBW102',
    defaultTopicQueueNums: 4,
    queueId: 1,
    sysFlag: 0,
    bornTimestamp: 0,
    flag: 0,
    batch: true,
  }
  const send = (body: Buffer, properties = '') =>
    client.remoting.invoke(client.address, SendBatchMessage, { ...header, properties }, { body })
  const sent = await send(encodeBatch(items))
  expect(sent.header).toMatchObject({ queueId: 1, queueOffset: 0 })
  const pulled = await client.pull('B', 0, { queueId: 1 })
  expect(pulled.texts).toEqual(['one', 'two', 'three'])
  expect(sent.header.msgId).toBe(pulled.messages.map((message) => message.offsetMessageId).join(','))
  expect(pulled.messages.map((message) => message.messageId)).toEqual(['id-one', 'id-two', 'id-three'])

  await expectRefusal(send(Buffer.from('no batch')), 13)
  await expectRefusal(send(encodeBatch(items), encodeProperties({ DELAY: '3' })), 13)
})

test('a negative queue id means any queue', async () => {
  const client = wireClient(await startTestBroker({}, { random: { below: (limit) => limit - 1 } }))
  expect((await client.send('T', 'x', { queueId: -1 })).header.queueId).toBe(3)
})

test('sends are refused with the codes and remarks that Apache has', async () => {
  const client = wireClient(await startTestBroker())
  await client.send('T', 'x')
  await expectRefusal(
    client.send('no blanks', 'x'),
    29,
    'The specified topic contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$',
  )
  await expectRefusal(
    client.send('SCHEDULE_TOPIC_XXXX', 'x'),
    16,
    'Sending message to topic[SCHEDULE_TOPIC_XXXX] is forbidden.',
  )
  await expectRefusal(
    client.send('U', 'x', { defaultTopic: 'none' }),
    17,
    `topic[U] not exist, apply first please!${FAQ}`,
  )
  await expect(client.send('T', 'x', { queueId: 99 })).rejects.toThrow(
    /request queueId\[99\] is illegal, TopicConfig \[topicName=T, readQueueNums=4, writeQueueNums=4, perm=RW-, topicFilterType=SINGLE_TAG, topicSysFlag=0, order=false, attributes=\{\}\] Producer: 127\.0\.0\.1:\d+/,
  )
  await expectRefusal(
    client.send('T', 'x', { with: { TIMER_DELAY_SEC: '5' } }),
    1,
    'accurate timer message is not enabled, timerWheelEnable is false',
  )
  await expectRefusal(client.send('T', 'x'.repeat(4 * 1024 * 1024 + 1)), 13)
  await expectRefusal(client.send('T', 'x', { with: { long: 'x'.repeat(40_000) } }), 13)
})

test('more sends than can be stored at once are told so', async () => {
  const client = wireClient(await startTestBroker({ sendThreadPoolQueueCapacity: 3 }))
  await client.send('T', 'first')
  const outcomes = await Promise.allSettled(Array.from({ length: 50 }, (_, index) => client.send('T', `${index}`)))
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
  expect(refused.length).toBeGreaterThan(0)
  for (const { reason } of refused) {
    expect(reason).toMatchObject({
      details: { responseCode: 2, remark: '[OVERLOAD]system busy, start flow control for a while' },
    })
  }
  // What was accepted is there, and room comes back.
  await client.send('T', 'last')
  expect((await client.pull('T', 50 - refused.length + 1)).texts).toEqual(['last'])
})

test('the statuses of a read have the codes that Apache gives them', async () => {
  const client = wireClient(await startTestBroker())
  await client.send('T', 'one')
  await client.send('T', 'two')
  const outcome = async (offset: number, queueId = 0) => {
    const { code, remark, header } = await client.pull('T', offset, { queueId })
    return [code, remark, header.nextBeginOffset]
  }
  expect(await outcome(1)).toEqual([0, 'FOUND', 2])
  expect(await outcome(2)).toEqual([19, 'OFFSET_OVERFLOW_ONE', 2])
  expect(await outcome(100)).toEqual([21, 'OFFSET_OVERFLOW_BADLY', 2])
  expect(await outcome(-1)).toEqual([21, 'OFFSET_TOO_SMALL', 0])
  expect(await outcome(0, 3)).toEqual([19, 'NO_MESSAGE_IN_QUEUE', 0])
  expect(await outcome(5, 3)).toEqual([21, 'NO_MESSAGE_IN_QUEUE', 0])
})

test('only messages whose tag is wanted are sent, and the next offset passes the others', async () => {
  const client = wireClient(await startTestBroker())
  for (const tag of ['A', 'B', 'C', 'A']) await client.send('T', tag, { with: { TAGS: tag } })
  expect((await client.pull('T', 0, { subscription: 'A || C' })).texts).toEqual(['A', 'C', 'A'])
  const none = await client.pull('T', 0, { subscription: 'Z' })
  expect(none).toMatchObject({ code: 20, remark: 'NO_MATCHED_MESSAGE', header: { nextBeginOffset: 4 } })
  await expectRefusal(client.pull('T', 0, { subscription: '||' }), 23)
})

test('no more messages are sent than asked for, nor than one answer holds', async () => {
  const client = wireClient(await startTestBroker())
  await Promise.all(Array.from({ length: 40 }, (_, index) => client.send('T', `${index}`)))
  expect((await client.pull('T', 0, { maxMsgNums: 5 })).texts).toHaveLength(5)
  expect((await client.pull('T', 0, { maxMsgNums: 1000 })).texts).toHaveLength(32)
  await Promise.all(Array.from({ length: 4 }, () => client.send('L', 'x'.repeat(100_000))))
  expect((await client.pull('L', 0)).texts).toHaveLength(2)
  await client.send('M', 'x'.repeat(1_000_000))
  expect((await client.pull('M', 0)).texts).toHaveLength(1)
})

test('pulls are refused with the codes and remarks that Apache has', async () => {
  const client = wireClient(await startTestBroker())
  await client.send('T', 'x')
  await client.heartbeat('c', [consumerOf('Heard', ['T'])])
  const heard = { consumerGroup: 'Heard', sysFlag: 0, subVersion: 1 }
  expect((await client.pull('T', 0, heard)).texts).toEqual(['x'])
  await expectRefusal(
    client.pull('T', 0, { consumerGroup: 'not legal' }),
    26,
    `subscription group [not legal] does not exist, ${FAQ}`,
  )
  await expectRefusal(client.pull('U', 0), 17, `topic[U] not exist, apply first please! ${FAQ}`)
  await expectRefusal(client.pull('T', 0, { queueId: 4 }), 29)
  await expectRefusal(
    client.pull('T', 0, { sysFlag: 0, consumerGroup: 'Silent' }),
    24,
    `the consumer's group info not exist${FAQ}`,
  )
  await expectRefusal(client.pull('BenchmarkTest', 0, heard), 24, `the consumer's subscription not exist${FAQ}`)
  await expectRefusal(client.pull('T', 0, { ...heard, subVersion: 2 }), 25, "the consumer's subscription not latest")
  await expectRefusal(
    client.pull('T', 0, { subscription: 'a > 1', expressionType: 'SQL92' }),
    1,
    'The broker does not support consumer to filter message by SQL92',
  )
})

test('a pull that brings no expression uses the one of the heartbeat', async () => {
  const client = wireClient(await startTestBroker())
  for (const tag of ['A', 'B']) await client.send('T', tag, { with: { TAGS: tag } })
  const wanted = subscriptionOf('T', { subString: 'B', tagsSet: ['B'], codeSet: [66] })
  await client.heartbeat('c', [consumerOf('G', [], { subscriptionDataSet: [wanted] })])
  expect((await client.pull('T', 0, { sysFlag: 0, subVersion: 1 })).texts).toEqual(['B'])
})

test('a broker without read or write permission says so', async () => {
  const unreadable = wireClient(await startTestBroker({ brokerPermission: 2 }))
  await unreadable.send('T', 'x')
  await expectRefusal(unreadable.pull('T', 0), 16, 'the broker[127.0.0.1] pulling message is forbidden')
})

test('messages survive a restart', async () => {
  const first = await startTestBroker()
  await wireClient(first).send('T', 'kept', { with: { TAGS: 'A' } })
  const second = wireClient(await first.restart())
  expect((await second.pull('T', 0, { subscription: 'A', sysFlag: PULL_FLAG.subscription })).texts).toEqual(['kept'])
  await second.send('T', 'next')
  expect((await second.pull('T', 1)).texts).toEqual(['next'])
})
