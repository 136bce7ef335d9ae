import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  GetEarliestStoreTime,
  GetMaxOffset,
  GetMinOffset,
  PULL_FLAG,
  QueryConsumerOffset,
  SearchOffset,
  UpdateConsumerOffset,
  ViewMessageById,
} from '../../src/remoting/index.ts'
import { consumerOf, expectRefusal, startTestBroker, type WireClient, wireClient } from '../kit/broker.ts'

function query(client: WireClient, consumerGroup: string, changes: object = {}): Promise<number> {
  const header = { consumerGroup, topic: 'T', queueId: 0, ...changes }
  return client.remoting.invoke(client.address, QueryConsumerOffset, header).then((answer) => answer.header.offset)
}

async function update(client: WireClient, consumerGroup: string, commitOffset: number, topic = 'T'): Promise<void> {
  const header = { consumerGroup, topic, queueId: 0, commitOffset }
  await client.remoting.invoke(client.address, UpdateConsumerOffset, header)
}

test('a group that never read a queue begins at 0 while its first message is recent', async () => {
  const client = wireClient(await startTestBroker())
  const remark = 'Not found, V3_0_6_SNAPSHOT maybe this group consumer boot first'
  await expectRefusal(query(client, 'G'), 22, remark)
  await client.send('T', 'x')
  expect(await query(client, 'G')).toBe(0)
  const strict = 'Not found, do not set to zero, maybe this group boot first'
  await expectRefusal(query(client, 'G', { setZeroIfNotFound: false }), 22, strict)
})

test('offsets are recorded for groups and topics that exist', async () => {
  const client = wireClient(await startTestBroker())
  await client.send('T', 'x')
  await expectRefusal(update(client, 'G', 1), 26, 'Group G not exist!')
  await client.heartbeat('c', [consumerOf('G', ['T'])])
  await expectRefusal(update(client, 'G', 1, 'U'), 17, 'Topic U not exist!')
  await update(client, 'G', 5)
  expect(await query(client, 'G')).toBe(5)
  await update(client, 'G', 2)
  expect(await query(client, 'G')).toBe(2)
})

test('a pull can carry an offset to record', async () => {
  const client = wireClient(await startTestBroker())
  await client.send('T', 'x')
  await client.pull('T', 0, { sysFlag: PULL_FLAG.subscription | PULL_FLAG.commitOffset, commitOffset: 7 })
  expect(await query(client, 'G')).toBe(7)
})

test('offsets are kept over a restart, in a file that Apache reads', async () => {
  const first = await startTestBroker()
  const client = wireClient(first)
  await client.send('T', 'x')
  await client.heartbeat('c', [consumerOf('G', ['T'])])
  await update(client, 'G', 3)
  const second = await first.restart()
  expect(await query(wireClient(second), 'G')).toBe(3)
  const kept = JSON.parse(readFileSync(join(second.directory, 'config', 'consumerOffset.json'), 'utf8'))
  expect(kept).toMatchObject({ offsetTable: { 'T@G': { 0: 3 } }, groupTopicMap: { G: ['T'] } })
})

test('offsets are written every flushConsumerOffsetInterval', async () => {
  const running = await startTestBroker({ flushConsumerOffsetInterval: 20 })
  const client = wireClient(running)
  await client.send('T', 'x')
  await client.pull('T', 0, { sysFlag: PULL_FLAG.subscription | PULL_FLAG.commitOffset, commitOffset: 1 })
  const path = join(running.directory, 'config', 'consumerOffset.json')
  await expect.poll(() => readFileSync(path, 'utf8'), { timeout: 5000 }).toContain('"T@G"')
})

test('a file that Java wrote, with bare integer keys, is understood', async () => {
  const first = await startTestBroker()
  await first.broker[Symbol.asyncDispose]()
  const text =
    '{\n\t"dataVersion":{"counter":1,"stateVersion":0,"timestamp":1},\n\t"offsetTable":{"T@G":{0:6,1:3\n\t\t}\n\t}\n}'
  writeFileSync(join(first.directory, 'config', 'consumerOffset.json'), text)
  const client = wireClient(await first.restart())
  expect([await query(client, 'G'), await query(client, 'G', { queueId: 1 })]).toEqual([6, 3])
})

test('a queue tells its bounds, its times and its records', async () => {
  const client = wireClient(await startTestBroker())
  const beforeMs = Date.now()
  const { header } = await client.send('T', 'x')
  await client.send('T', 'y')
  const ask = { topic: 'T', queueId: 0 }
  const { remoting, address } = client
  expect((await remoting.invoke(address, GetMinOffset, ask)).header.offset).toBe(0)
  expect((await remoting.invoke(address, GetMaxOffset, ask)).header.offset).toBe(2)
  expect((await remoting.invoke(address, GetMaxOffset, { topic: 'Unknown', queueId: 9 })).header.offset).toBe(0)
  const earliest = (await remoting.invoke(address, GetEarliestStoreTime, ask)).header.timestamp
  expect(earliest).toBeGreaterThanOrEqual(beforeMs)
  expect(
    (await remoting.invoke(address, GetEarliestStoreTime, { topic: 'Unknown', queueId: 9 })).header.timestamp,
  ).toBe(-1)
  const search = async (timestamp: number) =>
    (await remoting.invoke(address, SearchOffset, { ...ask, timestamp })).header.offset
  expect([await search(earliest), await search(Date.now() + 60_000)]).toEqual([0, 2])

  const offset = Number.parseInt(header.msgId.slice(-16), 16)
  const record = (await remoting.invoke(address, ViewMessageById, { offset })).body
  expect(record.readInt32BE(0)).toBe(record.length)
  await expectRefusal(
    remoting.invoke(address, ViewMessageById, { offset: 1_000_000 }),
    1,
    'can not find message by the offset, 1000000',
  )
})
