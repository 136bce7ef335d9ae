/** The queues of directories that Apache’s broker wrote, through the store’s own reading. */
import { describe, expect, test } from 'vitest'
import {
  GOLDEN_CLEAN,
  GOLDEN_CRASHED,
  type GoldenManifest,
  goldenConfig,
  goldenTruth,
} from '../../../test/kit/golden-manifest.ts'
import { type GoldenName, writeGoldenStore } from '../../../test/kit/golden-stores.ts'
import { filesBelow, read, STORE } from '../../../test/kit/store.ts'
import { readInt64 } from '../../base/bytes/index.ts'
import { SimulatedFiles } from '../../base/files/index.ts'
import { PROPERTY, RECORD } from '../../message/index.ts'
import { type BitMapOf, type MessageStore, openStore, type StoreConfig, storeConfig, verifyStore } from '../index.ts'
import { OpenFiles } from '../segments/open-files.ts'
import { ENTRY, ENTRY_BYTES } from './entry.ts'
import { bitMapOfUnit, ExtUnits, extPositionAt, storeTimestampOfUnit, tagsCodeOfUnit } from './ext-units.ts'

interface Opened {
  readonly files: SimulatedFiles
  readonly config: StoreConfig
  readonly golden: GoldenManifest
}

function prepare(name: GoldenName): Opened {
  const files = new SimulatedFiles()
  const golden = goldenTruth(name)
  writeGoldenStore(name, files, STORE)
  return {
    files,
    golden,
    config: storeConfig.with({ ...goldenConfig(golden), storePathRootDir: STORE, storeHost: '127.0.0.1' }),
  }
}

async function checkBatchQueues(store: MessageStore, { golden }: Opened): Promise<void> {
  let checked = 0
  for (const [topic, queues] of Object.entries(golden.batchConsumeQueues)) {
    for (const [id, { minOffset, maxOffset, entries = [], unwrapped }] of Object.entries(queues)) {
      const queueId = Number(id)
      expect([store.minOffset(topic, queueId), store.maxOffset(topic, queueId)]).toEqual([minOffset, maxOffset])
      for (const { commitLogOffset, size, storeTimestamp, msgBaseOffset, batchSize } of entries) {
        for (let offset = msgBaseOffset; offset < msgBaseOffset + batchSize; offset++) {
          const { result } = await read(store, offset, { maxMessages: 1 }, topic, queueId)
          expect(result).toMatchObject({
            status: 'FOUND',
            messageCount: batchSize,
            nextOffset: msgBaseOffset + batchSize,
            bytes: size,
            lastPhysicalOffset: commitLogOffset,
          })
          expect(await store.storeTimeAt(topic, queueId, offset)).toBe(storeTimestamp)
        }
      }
      const { messages, result } = await read(store, minOffset, {}, topic, queueId)
      expect(result.nextOffset).toBe(maxOffset)
      expect(
        messages.map(({ queueOffset, properties, tag, body }) => ({
          queueOffset,
          keys: properties[PROPERTY.keys],
          tags: tag,
          uniqKey: properties[PROPERTY.uniqueKey],
          bodyUtf8: body.toString(),
        })),
      ).toEqual(
        unwrapped.map(({ queueOffset, keys, tags, uniqKey, bodyUtf8 }) => ({
          queueOffset,
          keys,
          tags,
          uniqKey,
          bodyUtf8,
        })),
      )
      checked += messages.length
    }
  }
  expect(checked).toBe(6)
}

describe.each(GOLDEN_CLEAN)('%s, which was stopped cleanly:', (name) => {
  test('every batch is read as Apache’s broker reads it', async () => {
    const opened = prepare(name)
    const store = await openStore(opened.config, opened)
    await checkBatchQueues(store, opened)
    await store[Symbol.asyncDispose]()
    expect((await verifyStore(STORE, opened.config, opened.files)).problems).toEqual([])
  })

  test('times of batch queues are found where Apache’s broker finds them', async () => {
    const opened = prepare(name)
    await using store = await openStore(opened.config, opened)
    const asked = opened.golden.offsetByTimestamp.filter(({ topic }) => topic in opened.golden.batchConsumeQueues)
    expect(asked.length).toBeGreaterThan(5)
    for (const { topic, queueId, timestamp, boundary, offset } of asked) {
      expect([timestamp, boundary, await store.offsetByTime(topic, queueId, timestamp, boundary)]).toEqual([
        timestamp,
        boundary,
        offset,
      ])
    }
  })

  test('batch queues rebuilt from the log have Apache’s bytes', async () => {
    const opened = prepare(name)
    const { files, config } = opened
    const folder = `${STORE}/batchconsumequeue`
    const before = filesBelow(files, folder)
    for (const queueFolder of ['batchconsumequeue', 'consumequeue', 'consumequeue_ext'])
      files.remove(`${STORE}/${queueFolder}`)
    const store = await openStore(config, opened)
    await checkBatchQueues(store, opened)
    await store[Symbol.asyncDispose]()
    expect(filesBelow(files, folder)).toEqual(before)
    expect((await verifyStore(STORE, config, files)).problems).toEqual([])
  })
})

/** Reads one message by its entry: log position, size, tags code as a consumer with a tag sees it. */
async function entryOf(store: MessageStore, topic: string, queueId: number, offset: number): Promise<number[]> {
  let code: number | undefined
  const accepts = (tagsCode: number): boolean => {
    code = tagsCode
    return true
  }
  const { result } = await read(store, offset, { maxMessages: 1, accepts }, topic, queueId)
  return [offset, result.lastPhysicalOffset, result.bytes, code ?? Number.NaN]
}

describe.each(GOLDEN_CLEAN)('%s:', (name) => {
  test('every entry leads to its record and has its tags code, wherever that is kept', async () => {
    const opened = prepare(name)
    await using store = await openStore(opened.config, opened)
    let checked = 0
    for (const [topic, queues] of Object.entries(opened.golden.consumeQueues)) {
      for (const [queueId, { entries = [] }] of Object.entries(queues)) {
        for (const entry of entries) {
          expect(await entryOf(store, topic, Number(queueId), entry[0])).toEqual(entry)
          checked++
        }
      }
    }
    expect(checked).toBeGreaterThan(30)
  })

  test('the queues that Apache’s broker wrote are in order, and ours from the log again', async () => {
    const { files, config } = prepare(name)
    expect((await verifyStore(STORE, config, files)).problems).toEqual([])
  })
})

describe('g-lmq-cqext', () => {
  const name = 'g-lmq-cqext'

  /** The bit map that Apache’s broker made of the message whose record lies at that log position. */
  function bitMapsOf({ golden }: Opened): Map<number, Buffer> {
    const maps = new Map<number, Buffer>()
    for (const [key, units] of Object.entries(golden.consumeQueueExt ?? {})) {
      const separator = key.lastIndexOf('-')
      const entries = golden.consumeQueues[key.slice(0, separator)]?.[key.slice(separator + 1)]?.entries ?? []
      for (const [at, { bitMapHex }] of units.entries()) {
        if (bitMapHex !== '') maps.set(entries[at]?.[1] ?? -1, Buffer.from(bitMapHex, 'hex'))
      }
    }
    return maps
  }

  test('every entry of a light queue leads to its record', async () => {
    const opened = prepare(name)
    await using store = await openStore(opened.config, opened)
    for (const [topic, entries] of Object.entries(opened.golden.lmqQueues ?? {})) {
      expect([store.minOffset(topic, 0), store.maxOffset(topic, 0)]).toEqual([0, entries.length])
      for (const { index, commitLogOffset, size, tagsCode } of entries) {
        expect(await entryOf(store, topic, 0, index)).toEqual([index, commitLogOffset, size, tagsCode])
      }
    }
    expect(Object.keys(opened.golden.lmqQueues ?? {})).toEqual(['%LMQ%q1', '%LMQ%q2'])
  })

  test('all queues and units rebuilt from the log have Apache’s bytes, given the same bit maps', async () => {
    const opened = prepare(name)
    const { files, config } = opened
    const maps = bitMapsOf(opened)
    expect(maps.size).toBe(5)
    const folders = ['consumequeue', 'consumequeue_ext', 'batchconsumequeue']
    const content = () => folders.map((folder) => filesBelow(files, `${STORE}/${folder}`))
    const before = content()
    for (const folder of folders) files.remove(`${STORE}/${folder}`)
    const bitMapOf: BitMapOf = (_topic, bytes, at) => maps.get(readInt64(bytes, at + RECORD.physicalOffset))
    const store = await openStore(config, { ...opened, bitMapOf })
    await store[Symbol.asyncDispose]()
    expect(content()).toEqual(before)
    expect((await verifyStore(STORE, config, files)).problems).toEqual([])
  })

  test('the units that Apache’s broker wrote are at the addresses of the entries, bit maps included', () => {
    const { files, config, golden } = prepare(name)
    let checked = 0
    for (const [key, expected] of Object.entries(golden.consumeQueueExt ?? {})) {
      const separator = key.lastIndexOf('-')
      const path = `${key.slice(0, separator)}/${key.slice(separator + 1)}`
      const layout = { directory: `${STORE}/consumequeue_ext/${path}`, fileBytes: config.mappedFileSizeConsumeQueueExt }
      const units = new ExtUnits({ ...layout, setting: '' }, new OpenFiles(files, 16))
      const queue = files.readWhole(`${STORE}/consumequeue/${path}/${'0'.repeat(20)}`) ?? Buffer.alloc(0)
      for (const [at, { address, offset, size, tagsCode, msgStoreTime, bitMapHex }] of expected.entries()) {
        const addressAt = at * ENTRY_BYTES + ENTRY.tagsCode
        expect(queue.readBigInt64BE(addressAt)).toBe(BigInt(address))
        expect(extPositionAt(queue, addressAt)).toBe(offset)
        const bytes = Buffer.alloc(size)
        units.readSync(bytes, offset)
        const unit = { bytes, at: 0 }
        expect([tagsCodeOfUnit(unit), storeTimestampOfUnit(unit)]).toEqual([tagsCode, msgStoreTime])
        expect(bitMapOfUnit(unit)?.toString('hex') ?? '').toBe(bitMapHex)
        checked++
      }
    }
    expect(checked).toBeGreaterThan(30)
  })

  test('units that were made end where Apache’s broker would go on', () => {
    const { files, config, golden } = prepare(name)
    const layout = { directory: `${STORE}/consumequeue_ext/GoldenTopicA/3`, setting: '' }
    const units = new ExtUnits({ ...layout, fileBytes: config.mappedFileSizeConsumeQueueExt }, new OpenFiles(files, 16))
    const last = golden.consumeQueueExt?.['GoldenTopicA-3']?.at(-1)
    expect(units.put(1, 2, undefined)).toBe((last?.offset ?? 0) + (last?.size ?? 0))
  })

  test('without light queues and units nothing is missing, either', async () => {
    const opened = prepare(name)
    const config = storeConfig.with({
      ...opened.config,
      enableLmq: false,
      enableMultiDispatch: false,
      enableConsumeQueueExt: false,
    })
    const store = await openStore(config, opened)
    for (const [topic, entries] of Object.entries(opened.golden.lmqQueues ?? {})) {
      for (const { index, commitLogOffset, size, tagsCode } of entries) {
        expect(await entryOf(store, topic, 0, index)).toEqual([index, commitLogOffset, size, tagsCode])
      }
    }
    await store[Symbol.asyncDispose]()
    expect((await verifyStore(STORE, config, opened.files)).problems).toEqual([])
  })
})

describe.each(GOLDEN_CRASHED)('%s, which was not:', (name) => {
  test('every batch that Apache’s broker recovers is read, and again after a clean stop of ours', async () => {
    const opened = prepare(name)
    const store = await openStore(opened.config, opened)
    await checkBatchQueues(store, opened)
    await store[Symbol.asyncDispose]()
    expect((await verifyStore(STORE, opened.config, opened.files)).problems).toEqual([])
    const again = await openStore(opened.config, opened)
    await checkBatchQueues(again, opened)
    await again[Symbol.asyncDispose]()
  })
})
