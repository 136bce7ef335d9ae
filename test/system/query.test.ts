import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { COMPRESSION_TYPES, decodeRecords, SYS_FLAG } from '../../src/message/index.ts'
import { QueryMessage, RESPONSE_CODE } from '../../src/remoting/index.ts'
import { startTestBroker, WireClient, wireClient } from '../kit/broker.ts'
import { type Cluster, freshName, startCluster, testClient } from '../kit/cluster.ts'

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster()
}, 60_000)
afterAll(() => cluster[Symbol.asyncDispose]())

test('a message is found by key, by unique id and by offset id as soon as it is sent', async () => {
  const client = await testClient(cluster)
  const producer = await client.producer({ group: freshName('P') })
  const topic = freshName('Query')
  for (let n = 0; n < 20; n++) {
    const body = Buffer.from(`größe ${n}`)
    const sent = await producer.send({ topic, body, tag: 'vip', keys: [`order-${n}`, 'common', 'ключ'] })
    const expected = { topic, body, tag: 'vip', messageId: sent.messageId, offsetMessageId: sent.offsetMessageId }
    expect(await client.viewMessage(sent.offsetMessageId)).toMatchObject({ ...expected, brokerName: 'broker-a' })
    expect(await client.queryMessages(topic, `order-${n}`)).toMatchObject([expected])
    expect(await client.queryByUniqueKey(topic, sent.messageId)).toMatchObject([expected])
    expect(await client.queryMessages(topic, 'ключ')).toHaveLength(n + 1)
  }
  expect(await client.queryMessages(topic, 'common', { max: 3 })).toMatchObject(
    [17, 18, 19].map((n) => ({ body: Buffer.from(`größe ${n}`) })),
  )
})

test('every message of a batch and a large one are found, whole', async () => {
  const client = await testClient(cluster)
  const producer = await client.producer({ group: freshName('P') })
  const topic = freshName('QueryBatch')
  const batch = Array.from({ length: 10 }, (_, n) => ({ topic, body: Buffer.from(`${n}`), keys: [`k${n}`, 'all'] }))
  const { messageId } = await producer.sendBatch(batch)
  expect((await client.queryMessages(topic, 'k7')).map((one) => `${one.body}`)).toEqual(['7'])
  expect((await client.queryMessages(topic, 'all')).map((one) => `${one.body}`)).toEqual(
    batch.map((one) => `${one.body}`),
  )
  expect(await client.queryByUniqueKey(topic, messageId.split(',')[4] as string)).toMatchObject([
    { keys: ['k4', 'all'] },
  ])
  const body = Buffer.alloc(1_000_000, 'abc')
  await producer.send({ topic, body, keys: ['large'] })
  expect((await client.queryMessages(topic, 'large')).map((one) => one.body.equals(body))).toEqual([true])
})

test.each(COMPRESSION_TYPES)('a message compressed with %s is found as it was sent', async (compression) => {
  const client = await testClient(cluster)
  const producer = await client.producer({ group: freshName('P'), compression })
  const topic = freshName('QueryPacked')
  const body = Buffer.alloc(20_000, 'pack me ')
  const { messageId, offsetMessageId } = await producer.send({ topic, body, keys: ['k'] })
  const found = [
    ...(await client.queryMessages(topic, 'k')),
    ...(await client.queryByUniqueKey(topic, messageId)),
    await client.viewMessage(offsetMessageId),
  ]
  expect(found.map((message) => message?.body.equals(body))).toEqual([true, true, true])
})

test('a body that cannot be decompressed hides no other message', async () => {
  const client = await testClient(cluster)
  const topic = freshName('QueryDamaged')
  const address = (await client.route('TBW102'))?.data.brokerDatas[0]?.brokerAddrs['0'] as string
  const wire = new WireClient(address)
  onTestFinished(() => wire.remoting[Symbol.asyncDispose]())
  await wire.send(topic, 'no zlib', { with: { KEYS: 'bad both' }, sysFlag: SYS_FLAG.compressed })
  await expect(client.queryMessages(topic, 'bad')).rejects.toMatchObject({ code: 'RMQ_BODY_UNREADABLE' })
  await wire.send(topic, 'fine', { with: { KEYS: 'both' } })
  expect((await client.queryMessages(topic, 'both')).map(({ body }) => `${body}`)).toEqual(['fine'])
})

test('only messages stored in the wanted time are found, to the millisecond', async () => {
  const client = await testClient(cluster)
  const producer = await client.producer({ group: freshName('P') })
  const topic = freshName('QueryTime')
  for (let n = 0; n < 5; n++) await producer.send({ topic, body: Buffer.from(`${n}`), keys: ['k'] })
  const all = await client.queryMessages(topic, 'k')
  for (const { storeTimestamp: begin } of all) {
    const wanted = all.filter((one) => one.storeTimestamp >= begin)
    expect(await client.queryMessages(topic, 'k', { begin })).toEqual(wanted)
    expect(await client.queryMessages(topic, 'k', { end: begin - 1 })).toEqual(
      all.filter((one) => !wanted.includes(one)),
    )
  }
})

test('what is not there is not found, and that is no failure', async () => {
  const client = await testClient(cluster)
  const producer = await client.producer({ group: freshName('P') })
  const topic = freshName('QueryNone')
  const { offsetMessageId } = await producer.send({ topic, body: Buffer.from('x'), keys: ['Aa'] })
  expect(await client.queryMessages(freshName('NoTopic'), 'k')).toEqual([])
  // The same hash as the key that is there.
  expect(await client.queryMessages(topic, 'BB')).toEqual([])
  expect(await client.queryByUniqueKey(topic, 'Aa')).toEqual([])
  const [host, offset] = [offsetMessageId.slice(0, 16), Number.parseInt(offsetMessageId.slice(16), 16)]
  const idOf = (position: number): string => host + position.toString(16).toUpperCase().padStart(16, '0')
  expect(await client.viewMessage(idOf(offset + 1))).toBeUndefined()
  expect(await client.viewMessage(idOf(2 ** 45))).toBeUndefined()
  for (const id of ['', 'xyz', `${offsetMessageId}00`, offsetMessageId.replace(/.$/, 'g')]) {
    await expect(client.viewMessage(id)).rejects.toMatchObject({ code: 'RMQ_MESSAGE_ID_ILLEGAL' })
  }
  await expect(client.queryMessages(topic, 'k', { max: 0 })).rejects.toMatchObject({ code: 'RMQ_OPTION_ILLEGAL' })
})

type Query = Parameters<typeof QueryMessage.writeRequest>[0]

const ask = (client: WireClient, changes: Partial<Query>) => {
  const query = { topic: 'T', key: 'k', maxNum: 32, beginTimestamp: 0, endTimestamp: 2 ** 62, uniqueKey: undefined }
  const accept = [RESPONSE_CODE.SUCCESS, RESPONSE_CODE.QUERY_NOT_FOUND]
  return client.remoting.invoke(client.address, QueryMessage, { ...query, ...changes }, { accept })
}

test('a broker answers at most so many, the newest in the order of the log, and says how far its index is', async () => {
  const client = wireClient(await startTestBroker({ maxMsgsNumBatch: 10, defaultQueryMaxNum: 4 }))
  for (let n = 0; n < 15; n++) await client.send('T', `${n}`, { with: { KEYS: 'k', UNIQ_KEY: 'u' } })
  const textsOf = ({ body }: { body: Buffer }) => decodeRecords(body, 'b').map((one) => Number(`${one.body}`))
  const found = await ask(client, {})
  expect(textsOf(found)).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14])
  const last = decodeRecords(found.body, 'b').at(-1)
  expect(found.header).toEqual({
    indexLastUpdatePhyoffset: last?.physicalOffset,
    indexLastUpdateTimestamp: last?.storeTimestamp,
  })
  expect(textsOf(await ask(client, { maxNum: 2 }))).toEqual([13, 14])
  expect(textsOf(await ask(client, { key: 'u', maxNum: 1, uniqueKey: 'true' }))).toEqual([11, 12, 13, 14])
  for (const none of [{ key: 'other' }, { topic: 'U' }, { maxNum: 0 }, { maxNum: -1 }, { endTimestamp: 1 }]) {
    const remark = 'can not find message, maybe time range not correct'
    expect(await ask(client, none)).toMatchObject({ code: RESPONSE_CODE.QUERY_NOT_FOUND, remark, header: found.header })
  }
})

test('an answer never becomes larger than a frame', async () => {
  const client = wireClient(await startTestBroker())
  const text = 'x'.repeat(4_000_000)
  for (let n = 0; n < 6; n++) await client.send('T', text, { with: { KEYS: 'k' } })
  const found = await ask(client, {})
  expect(decodeRecords(found.body, 'b').map((one) => one.queueOffset)).toEqual([2, 3, 4, 5])
})

test('keys are found after a restart, and not without an index', async () => {
  const broker = await startTestBroker()
  const before = wireClient(broker)
  await before.send('T', 'x', { with: { KEYS: 'k' } })
  const again = wireClient(await broker.restart())
  expect((await ask(again, {})).code).toBe(RESPONSE_CODE.SUCCESS)
  const without = wireClient(await startTestBroker({ messageIndexEnable: false }))
  await without.send('T', 'x', { with: { KEYS: 'k' } })
  const header = { indexLastUpdatePhyoffset: 0, indexLastUpdateTimestamp: 0 }
  expect(await ask(without, {})).toMatchObject({ code: RESPONSE_CODE.QUERY_NOT_FOUND, header })
})
