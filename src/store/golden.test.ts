import { createHash } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import {
  GOLDEN_CLEAN,
  GOLDEN_CRASHED,
  type GoldenManifest,
  type GoldenMessage,
  type GoldenQuery,
  goldenConfig,
  goldenTruth,
} from '../../test/kit/golden-manifest.ts'
import { type GoldenName, writeGoldenStore } from '../../test/kit/golden-stores.ts'
import { STORE } from '../../test/kit/store.ts'
import { readInt64 } from '../base/bytes/index.ts'
import { SimulatedFiles } from '../base/files/index.ts'
import { type Logger, silentLogger } from '../base/log/index.ts'
import { COMPRESSION_TYPES, decodeRecord, loadCompression, RECORD } from '../message/index.ts'
import { savedParts } from './damaged/saved-parts.ts'
import { type MessageStore, openStore, type StoreConfig, storeConfig, verifyStore } from './index.ts'

const ALL = [...GOLDEN_CLEAN, ...GOLDEN_CRASHED]

/** Inner batches have queues of another kind; LMQ queues are tested with theirs. */
const isOther = (topic: string): boolean => topic === 'GoldenInner' || topic.startsWith('%LMQ%')

beforeAll(() => Promise.all(COMPRESSION_TYPES.map(loadCompression)))

interface Opened {
  readonly files: SimulatedFiles
  readonly config: Partial<StoreConfig>
  readonly store: MessageStore
}

function directoryOf(name: GoldenName): SimulatedFiles {
  const files = new SimulatedFiles()
  writeGoldenStore(name, files, STORE)
  return files
}

async function open(name: GoldenName, files = directoryOf(name)): Promise<Opened> {
  const config = { storePathRootDir: STORE, ...goldenConfig(goldenTruth(name)) }
  return { files, config, store: await openStore(storeConfig.with(config), { files }) }
}

async function closeInOrder({ files, config, store }: Opened, records: number): Promise<void> {
  await store[Symbol.asyncDispose]()
  expect(await verifyStore(STORE, config, files)).toMatchObject({ records, problems: [] })
}

/** A record as a manifest describes it. */
async function messageAt(store: MessageStore, position: number): Promise<Partial<GoldenMessage> | undefined> {
  const record = await store.recordAt(position)
  if (record === undefined) return undefined
  const found = decodeRecord(record, 0, 'b')
  return comparable({
    ...found,
    commitLogOffset: found.physicalOffset,
    totalSize: record.length,
    // Decoding takes the mark of compression away.
    sysFlag: record.readInt32BE(RECORD.sysFlag),
    msgId: found.offsetMessageId,
    bodyLength: found.body.length,
    bodySha256: createHash('sha256').update(found.body).digest('hex'),
  })
}

/** What of a manifest's record {@link messageAt} can tell. */
function comparable(message: Omit<GoldenMessage, 'inConsumeQueue'>): Partial<GoldenMessage> {
  const { topic, queueId, queueOffset, commitLogOffset, totalSize, flag, sysFlag, bornTimestamp, bornHost } = message
  const { storeTimestamp, storeHost, reconsumeTimes, preparedTransactionOffset, msgId, properties } = message
  const { bodyLength, bodySha256 } = message
  const place = { topic, queueId, queueOffset, commitLogOffset, totalSize }
  const hosts = { bornHost: inFull(bornHost), storeHost: inFull(storeHost) }
  const times = { bornTimestamp, storeTimestamp, reconsumeTimes, preparedTransactionOffset }
  return { ...place, ...hosts, ...times, flag, sysFlag, msgId, properties, bodyLength, bodySha256 }
}

/** The manifests shorten IPv6 addresses, Java does not. */
function inFull(host: string): string {
  return host.replace('[::1]', '[0:0:0:0:0:0:0:1]')
}

/** Compares everything but the index; `more` names queues that have more than Apache's broker brought back. */
async function expectAnswers(store: MessageStore, truth: GoldenManifest, more: ReadonlySet<string>): Promise<void> {
  const found = await Promise.all(truth.messages.map(({ commitLogOffset }) => messageAt(store, commitLogOffset)))
  expect(found).toEqual(truth.messages.map(comparable))
  for (const [topic, queues] of Object.entries(truth.consumeQueues)) {
    for (const [queueId, { minOffset, maxOffset, entries }] of Object.entries(queues)) {
      const queue = [topic, Number(queueId)] as const
      const name = queue.join('/')
      expect(store.maxOffset(...queue), name).toBe(maxOffset)
      if (!more.has(name)) expect(store.minOffset(...queue), name).toBe(minOffset)
      expect(await Promise.all(entries.map(([offset]) => entryAt(store, ...queue, offset))), name).toEqual(entries)
    }
  }
  for (const { topic, queueId, timestamp, boundary, offset } of truth.offsetByTimestamp) {
    if (isOther(topic)) continue
    const answer = await store.offsetByTime(topic, queueId, timestamp, boundary)
    const isMore = more.has(`${topic}/${queueId}`) && answer < offset
    if (!isMore) expect(answer, `${topic}/${queueId} ${boundary} ${timestamp}`).toBe(offset)
  }
}

/** An entry as a manifest notes it, found by reading the message at that offset. */
async function entryAt(
  store: MessageStore,
  topic: string,
  queueId: number,
  offset: number,
): Promise<readonly number[]> {
  let tagsCode = Number.NaN
  const accepts = (code: number): boolean => {
    tagsCode = code
    return true
  }
  const { status, lastPhysicalOffset, bytes, nextOffset } = await store.read(topic, queueId, offset, {
    maxMessages: 1,
    accepts,
  })
  return status === 'FOUND' ? [nextOffset - 1, lastPhysicalOffset, bytes, tagsCode] : []
}

async function positionsByKey(store: MessageStore, { topic, key, begin, end, maxNum }: GoldenQuery): Promise<number[]> {
  const { records } = await store.recordsByKey(topic, key, {
    maxMessages: maxNum ?? 64,
    maxBytes: 100_000_000,
    begin: begin ?? 0,
    end: Number(end ?? Number.MAX_SAFE_INTEGER),
  })
  return records.map((record) => readInt64(record, RECORD.physicalOffset))
}

/** The queries of a manifest, with what is stored in the asked time of what Apache's broker answers. */
function queriesOf({
  index,
  messages,
}: GoldenManifest): readonly (GoldenQuery & { readonly inTime: readonly number[] })[] {
  const storedAt = new Map(messages.map(({ commitLogOffset, storeTimestamp }) => [commitLogOffset, storeTimestamp]))
  return [...index.queries, ...(index.uniqKeyQueries ?? [])].map((query) => {
    const isInTime = (position: number): boolean => {
      const stored = storedAt.get(position) as number
      return stored >= (query.begin ?? 0) && stored <= Number(query.end ?? Number.MAX_SAFE_INTEGER)
    }
    return { ...query, inTime: query.phyOffsets.filter(isInTime) }
  })
}

/**
 * Positions of the messages of a topic with that key, by looking at each, stored in the asked time: the newest
 * `maxNum`.
 */
function expectedByKey({ messages }: GoldenManifest, { topic, key, begin, end, maxNum }: GoldenQuery): number[] {
  return messages
    .filter(({ topic: its, properties, storeTimestamp }) => {
      const keys = [...(properties['KEYS'] ?? '').split(' '), properties['UNIQ_KEY']]
      const isInTime = storeTimestamp >= (begin ?? 0) && storeTimestamp <= Number(end ?? Number.MAX_SAFE_INTEGER)
      return its === topic && keys.includes(key) && isInTime
    })
    .map(({ commitLogOffset }) => commitLogOffset)
    .slice(-(maxNum ?? 64))
}

test.each(GOLDEN_CLEAN)('%s: every message, entry and time is found where Apache’s broker finds it', async (name) => {
  const truth = goldenTruth(name)
  const opened = await open(name)
  const { store } = opened
  expect([store.minPhysicalOffset, store.maxPhysicalOffset]).toEqual([
    truth.commitLog?.minOffset,
    truth.commitLog?.endOfValidData,
  ])
  await expectAnswers(store, truth, new Set())
  await closeInOrder(opened, truth.commitLog?.recordCount ?? 0)
  expect(truth.messages).toHaveLength(truth.commitLog?.recordCount ?? 0)
})

/**
 * Queues that our recovery brings back in full where Apache's broker loses what lies before the scanned part of the
 * log.
 */
const MORE: Partial<Record<GoldenName, readonly string[]>> = {
  'd5-lost-consume-queues': ['GoldenTopicA/3', 'GoldenTopicB/1'],
}

test.each(GOLDEN_CRASHED)(
  '%s: recovery ends where that of Apache’s broker does, and has all of its answers',
  async (name) => {
    const truth = goldenTruth(name)
    const opened = await open(name)
    const { store, files } = opened
    expect(store.maxPhysicalOffset).toBe(truth.recovery?.maxPhyOffset)
    await expectAnswers(store, truth, new Set(MORE[name]))
    await closeInOrder(opened, truth.messages.length)
    expect(files.list(`${STORE}/commitlog`).map((file) => Number(file.name))).toEqual([0, 1_048_576])
  },
)

test('d5-lost-consume-queues: the lost queues are whole again, where Apache’s broker has their newest messages only', async () => {
  const truth = goldenTruth('d5-lost-consume-queues')
  const whole = goldenTruth('b-kill9')
  const opened = await open('d5-lost-consume-queues')
  const { store } = opened
  const more: string[] = []
  for (const [topic, queues] of Object.entries(whole.consumeQueues)) {
    for (const [queueId, { minOffset, maxOffset, entries }] of Object.entries(queues)) {
      const queue = [topic, Number(queueId)] as const
      expect([store.minOffset(...queue), store.maxOffset(...queue)]).toEqual([minOffset, maxOffset])
      for (const entry of entries) expect(await entryAt(store, ...queue, entry[0])).toEqual(entry)
      const theirs = truth.consumeQueues[topic]?.[queueId]?.entries.length ?? 0
      if (theirs < entries.length) more.push(`${queue.join('/')}: ${entries.length} instead of ${theirs}`)
    }
  }
  expect(more.sort()).toEqual([
    'GoldenTimer/0: 1 instead of 0',
    'GoldenTopicA/0: 6 instead of 0',
    'GoldenTopicA/1: 3 instead of 0',
    'GoldenTopicA/2: 3 instead of 0',
    'GoldenTopicA/3: 6 instead of 3',
    'GoldenTopicB/1: 213 instead of 67',
  ])
  await closeInOrder(opened, 479)
})

test.each(ALL)('%s: every message is found by each of its keys, in the asked time to the millisecond', async (name) => {
  const truth = goldenTruth(name)
  const opened = await open(name)
  let more = 0
  for (const query of queriesOf(truth)) {
    const found = await positionsByKey(opened.store, query)
    // Apache's broker counts time in whole seconds, and after a crash it forgets the keys before the scanned part of
    // the log.
    expect(found).toEqual(expect.arrayContaining([...query.inTime]))
    expect(found).toEqual(expectedByKey(truth, query))
    if (found.length > query.inTime.length) more++
  }
  const seconds = ['a-clean', 'c-small-files', 'f-ipv6', 'g-lmq-cqext'].includes(name) ? 1 : 0
  expect(more).toBe(name === 'd6-no-checkpoint' ? 0 : seconds || 135)
  await closeInOrder(opened, truth.messages.length)
})

test.each(ALL)('%s: after our clean stop the directory opens again, at once, with the same answers', async (name) => {
  const truth = goldenTruth(name)
  const opened = await open(name)
  await closeInOrder(opened, truth.messages.length)
  let reads = 0
  opened.files.fault = (call, path) => {
    if (call === 'read' && path.includes('/commitlog/')) reads++
    return undefined
  }
  const again = await open(name, opened.files)
  expect(reads).toBe(1)
  await expectAnswers(again.store, truth, new Set(MORE[name]))
  await closeInOrder(again, truth.messages.length)
  expect(opened.files.facts(`${STORE}/abort`)).toBeUndefined()
})

test('d3-short-file: as with Apache’s broker it does not open; the error names file, lengths and setting', async () => {
  const files = directoryOf('d3-short-file')
  const path = `${STORE}/commitlog/00000000000001048576`
  const before = files.readWhole(path) as Buffer
  const config = { storePathRootDir: STORE, ...goldenConfig(goldenTruth('b-kill9')) }
  const opening = (): Promise<MessageStore> => openStore(storeConfig.with(config), { files })
  await expect(opening()).rejects.toMatchObject({
    code: 'RMQ_STORE_FILE_LENGTH',
    details: { path, bytes: 382_730, expected: 1_048_576, setting: 'mappedFileSizeCommitLog' },
    message: expect.stringMatching(/restore it from a copy/),
  })
  expect(files.readWhole(path)?.equals(before)).toBe(true)
  // What can be done without a copy: give the file its length again; the messages before the cut are there then.
  const file = files.open(path)
  file.setBytes(1_048_576)
  file.close()
  const store = await opening()
  expect(store.maxPhysicalOffset).toBeGreaterThan(1_048_576 + 380_000)
  await closeInOrder({ files, config, store }, 474)
})

test.each([
  ['d1-zeroed-tail', []],
  ['d2-bit-flip', [19]],
  ['d7-garbage-tail', []],
] as const)('%s: sound messages behind the damage are saved below damaged/', async (name, records) => {
  const opened = await open(name)
  const end = opened.store.maxPhysicalOffset
  const parts = savedParts(STORE, opened.files)
  expect(parts.map((part) => part.records)).toEqual(records)
  for (const part of parts) expect(part).toMatchObject({ start: end, end: 1_440_031, reason: 'a damaged record' })
  await closeInOrder(opened, goldenTruth(name).messages.length)
})

test.each([
  ['e-ha-master', 0, 3_262_085],
  ['e-ha-slave', 2_097_152, 3_262_085],
  ['e-autoswitch-master', 0, 31_974],
] as const)('%s: opens, is in order and closes', async (name, start, end) => {
  const files = directoryOf(name)
  const config = { storePathRootDir: STORE, ...goldenConfig(goldenTruth('b-kill9')) }
  const before = await verifyStore(STORE, config, files)
  const store = await openStore(storeConfig.with(config), { files })
  expect(before.problems).toEqual([])
  expect(before.records).toBeGreaterThan(20)
  expect([store.minPhysicalOffset, store.maxPhysicalOffset]).toEqual([start, end])
  await closeInOrder({ files, config, store }, before.records)
})

test('e-ha-slave has the messages of e-ha-master from its first whole file on, at the same offsets', async () => {
  const config = { storePathRootDir: STORE, ...goldenConfig(goldenTruth('b-kill9')) }
  const [master, slave] = await Promise.all(
    (['e-ha-master', 'e-ha-slave'] as const).map((name) =>
      openStore(storeConfig.with(config), { files: directoryOf(name) }),
    ),
  )
  if (master === undefined || slave === undefined) throw new TypeError('two stores were opened')
  expect(slave.minPhysicalOffset).toBeGreaterThan(0)
  expect(slave.maxPhysicalOffset).toBe(master.maxPhysicalOffset)
  let common = 0
  for (const [topic, queueIds] of slave.queues()) {
    for (const queueId of queueIds) {
      expect(slave.maxOffset(topic, queueId)).toBe(master.maxOffset(topic, queueId))
      for (let offset = slave.minOffset(topic, queueId); offset < slave.maxOffset(topic, queueId); offset++) {
        expect(await entryAt(slave, topic, queueId, offset)).toEqual(await entryAt(master, topic, queueId, offset))
        common++
      }
    }
  }
  expect(common).toBeGreaterThan(20)
  await master[Symbol.asyncDispose]()
  await slave[Symbol.asyncDispose]()
})

test('c-small-files: with all queues as Apache’s broker left them, batch queues too, only the last log file is read', async () => {
  const files = directoryOf('c-small-files')
  const warnings: string[] = []
  const logger: Logger = { ...silentLogger, warn: (text) => void warnings.push(text), child: () => logger }
  const config = { storePathRootDir: STORE, ...goldenConfig(goldenTruth('c-small-files')) }
  const intact = await openStore(storeConfig.with(config), { files, logger })
  expect(warnings).toEqual([])
  await closeInOrder({ files, config, store: intact }, 959)
  const lost = directoryOf('c-small-files')
  lost.remove(`${STORE}/consumequeue/GoldenAuto`)
  const store = await openStore(storeConfig.with(config), { files: lost, logger })
  expect(warnings).toEqual(['records of the log lack queue entries; they are restored'])
  expect(store.maxOffset('GoldenAuto', 1)).toBe(1)
  await closeInOrder({ files: lost, config, store }, 959)
})
