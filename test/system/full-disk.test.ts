import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { BrokerConfig } from '../../src/broker/index.ts'
import {
  CleanExpiredQueues,
  CleanUnusedTopics,
  DeleteExpiredLog,
  DeleteTopicInBroker,
  GetBrokerRuntimeInfo,
  GetEarliestStoreTime,
  GetMinOffset,
  kvTableBody,
  RESPONSE_CODE,
  UpdateBrokerConfig,
} from '../../src/remoting/index.ts'
import { expectRefusal, startTestBroker, type WireClient, wireClient } from '../kit/broker.ts'
import { failingFiles } from '../kit/failing-files.ts'
import { until } from '../kit/until.ts'
import { collectingLogger } from './collecting-logger.ts'

/** Small files, so that a few messages fill several. */
const SMALL: Partial<BrokerConfig> = {
  mappedFileSizeCommitLog: 16 * 1024,
  mappedFileSizeConsumeQueue: 400,
  deleteCommitLogFilesInterval: 0,
  cleanResourceInterval: 20,
  // What is not on the disk yet does not count as old.
  flushIntervalCommitLog: 10,
}

const TEXT = 'x'.repeat(1000)

async function fill(client: WireClient, topic: string, count: number): Promise<void> {
  for (let sent = 0; sent < count; sent += 10) {
    await Promise.all(Array.from({ length: 10 }, () => client.send(topic, TEXT, { defaultTopicQueueNums: 1 })))
  }
}

function ask(
  client: WireClient,
  api: typeof DeleteExpiredLog | typeof CleanExpiredQueues | typeof CleanUnusedTopics,
): Promise<unknown> {
  return client.remoting.invoke(client.address, api, {})
}

async function minOffset(client: WireClient, topic: string): Promise<number> {
  return (await client.remoting.invoke(client.address, GetMinOffset, { topic, queueId: 0 })).header.offset
}

async function runtime(client: WireClient): Promise<Readonly<Record<string, string>>> {
  return kvTableBody.decode((await client.remoting.invoke(client.address, GetBrokerRuntimeInfo, {})).body).table
}

test('on a nearly full disk producers are told why they are refused, consumers go on, and room ends it', async () => {
  const files = failingFiles()
  const broker = await startTestBroker({}, { files })
  const client = wireClient(broker)
  for (const text of ['a', 'b', 'c']) await client.send('T', text)
  files.usedPercent = 95
  // A look at the disk is due now and then; tools can ask for one.
  await ask(client, DeleteExpiredLog)
  const remark =
    "service not available now. It may be caused by one of the following reasons: the broker's disk is full " +
    '[CL:  0.95 CQ:  0.95 INDEX:  0.95], messages are put to the slave, message store has been shut down, etc.'
  await until('sends are refused', async () => {
    const answer = await client.send('T', 'late').catch((failure: { details: object }) => failure)
    if (!('details' in answer)) return false
    expect(answer.details).toMatchObject({ responseCode: RESPONSE_CODE.SERVICE_NOT_AVAILABLE, remark })
    return true
  })
  const refusedFrom = (await client.pull('T', 0)).texts
  expect(refusedFrom.slice(0, 3)).toEqual(['a', 'b', 'c'])
  expect(await runtime(client)).toMatchObject({
    commitLogDiskRatio: '0.95',
    consumeQueueDiskRatio: '0.95',
    [`commitLogDiskRatio_${join(broker.directory, 'commitlog')}`]: '0.95',
  })
  files.usedPercent = 50
  await ask(client, DeleteExpiredLog)
  await until('sends are accepted', async () => {
    return client.send('T', 'again').then(
      () => true,
      () => false,
    )
  })
  expect((await client.pull('T', refusedFrom.length)).texts).toEqual(['again'])
})

test.each(['ASYNC_FLUSH', 'SYNC_FLUSH'] as const)(
  'with %s a disk without room refuses sends with Apache’s code, and nothing acknowledged is lost',
  async (flushDiskType) => {
    const files = failingFiles()
    const { logger, lines } = collectingLogger()
    const broker = await startTestBroker({ flushDiskType }, { files, logger })
    const client = wireClient(broker)
    await client.send('T', 'before')
    files.fault = (call) => (['write', 'resize', 'open'].includes(call) ? 'ENOSPC' : undefined)
    for (let round = 0; round < 50; round++) {
      await expectRefusal(client.send('T', 'refused'), RESPONSE_CODE.SERVICE_NOT_AVAILABLE)
    }
    expect((await client.pull('T', 0)).texts).toEqual(['before'])
    expect(lines.filter((line) => line.startsWith('error')).length).toBeLessThan(6)
    files.fault = () => undefined
    await client.send('T', 'after')
    expect((await client.pull('T', 0)).texts).toEqual(['before', 'after'])
    const again = await broker.restart()
    expect((await wireClient(again).pull('T', 0)).texts).toEqual(['before', 'after'])
  },
)

test('old messages leave a full disk; consumers are led to the first that is left, and statistics follow', async () => {
  const files = failingFiles()
  const broker = await startTestBroker(SMALL, { files })
  const client = wireClient(broker)
  await fill(client, 'T', 100)
  const since = (await runtime(client))['earliestMessageTimeStamp']
  files.usedPercent = 88
  await ask(client, DeleteExpiredLog)
  await until('the oldest are deleted', async () => (await minOffset(client, 'T')) > 50)
  const min = await minOffset(client, 'T')
  const moved = await client.pull('T', 0)
  expect(moved).toMatchObject({
    code: RESPONSE_CODE.PULL_OFFSET_MOVED,
    header: { nextBeginOffset: min, minOffset: min },
  })
  expect((await client.pull('T', min)).texts[0]).toBe(TEXT)
  const { commitLogMinOffset, earliestMessageTimeStamp } = await runtime(client)
  expect(Number(commitLogMinOffset)).toBeGreaterThan(0)
  expect(Number(earliestMessageTimeStamp)).toBeGreaterThanOrEqual(Number(since))
  const earliest = await client.remoting.invoke(client.address, GetEarliestStoreTime, { topic: 'T', queueId: 0 })
  expect(earliest.header.timestamp).toBeGreaterThanOrEqual(Number(earliestMessageTimeStamp))
  expect(await minOffset(wireClient(await broker.restart()), 'T')).toBe(min)
})

test('a change of fileReservedTime counts without a restart', async () => {
  const broker = await startTestBroker(SMALL)
  const client = wireClient(broker)
  await fill(client, 'T', 50)
  await ask(client, DeleteExpiredLog)
  expect(await minOffset(client, 'T')).toBe(0)
  const changed = await client.remoting.invoke(
    client.address,
    UpdateBrokerConfig,
    {},
    { body: Buffer.from('fileReservedTime=0') },
  )
  expect(changed.remark ?? '').toBe('')
  await ask(client, DeleteExpiredLog)
  await until('all files but the last are gone', async () => (await minOffset(client, 'T')) > 25)
})

test('queues without messages and queues without a topic are removed when a tool asks for it', async () => {
  const files = failingFiles()
  const broker = await startTestBroker({ ...SMALL, fileReservedTime: 0 }, { files })
  const client = wireClient(broker)
  await client.send('Old', 'gone', { defaultTopicQueueNums: 1 })
  await fill(client, 'Busy', 40)
  await ask(client, DeleteExpiredLog)
  await until('the old files are gone', async () => (await minOffset(client, 'Old')) === 1)
  const queueOf = (topic: string): string => join(broker.directory, 'consumequeue', topic, '0')
  await until('its entry is written', () => Promise.resolve(files.list(queueOf('Old')).length === 1))
  await ask(client, CleanExpiredQueues)
  expect(files.list(queueOf('Old'))).toEqual([])
  expect(files.list(queueOf('Busy')).length).toBeGreaterThan(0)
  // Consumers that have read it all miss nothing: offsets go on.
  expect((await client.send('Old', 'new')).header.queueOffset).toBe(1)
  expect((await client.pull('Old', 1)).texts).toEqual(['new'])

  const again = await broker.restart()
  const next = wireClient(again)
  expect((await next.pull('Old', 1)).texts).toEqual(['new'])
  await next.remoting.invoke(next.address, DeleteTopicInBroker, { topic: 'None' })
  await ask(next, CleanUnusedTopics)
  expect(files.list(queueOf('Old'))).not.toEqual([])
  // Somebody took the topic out of the table while the broker was down.
  const path = join(broker.directory, 'config', 'topics.json')
  const last = await startAfter(again, () => {
    const table = JSON.parse(readFileSync(path, 'utf8')) as { topicConfigTable: Record<string, unknown> }
    const { Old: _gone, ...kept } = table.topicConfigTable
    writeFileSync(path, JSON.stringify({ ...table, topicConfigTable: kept }))
  })
  expect(files.list(queueOf('Old'))).not.toEqual([])
  await ask(wireClient(last), CleanUnusedTopics)
  expect(files.list(join(broker.directory, 'consumequeue', 'Old'))).toEqual([])
  expect(files.list(queueOf('Busy')).length).toBeGreaterThan(0)
})

async function startAfter(
  broker: Awaited<ReturnType<typeof startTestBroker>>,
  change: () => void,
): ReturnType<typeof startTestBroker> {
  await broker.broker[Symbol.asyncDispose]()
  change()
  return broker.restart()
}
