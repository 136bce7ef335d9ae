/** The queues of directories that Apache’s broker wrote, through the store’s own reading. */
import { describe, expect, test } from 'vitest'
import { filesBelow, goldenConfig, goldenQueues } from '../../../test/kit/golden-queues.ts'
import { type GoldenName, writeGoldenStore } from '../../../test/kit/golden-stores.ts'
import { read, STORE } from '../../../test/kit/store.ts'
import { SimulatedFiles } from '../../base/files/index.ts'
import { PROPERTY } from '../../message/index.ts'
import { type MessageStore, openStore, type StoreConfig, storeConfig, verifyStore } from '../index.ts'

const CLEAN = ['a-clean', 'c-small-files', 'f-ipv6', 'g-lmq-cqext'] as const
const CRASHED = [
  'b-kill9',
  'd1-zeroed-tail',
  'd2-bit-flip',
  'd4-empty-next-file',
  'd5-lost-consume-queues',
  'd6-no-checkpoint',
  'd7-garbage-tail',
] as const

interface Opened {
  readonly files: SimulatedFiles
  readonly config: StoreConfig
  readonly golden: ReturnType<typeof goldenQueues>
}

function prepare(name: GoldenName): Opened {
  const files = new SimulatedFiles()
  const golden = goldenQueues(name)
  writeGoldenStore(name, files, STORE)
  return { files, golden, config: storeConfig.with({ ...goldenConfig(golden, STORE), storeHost: '127.0.0.1' }) }
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

describe.each(CLEAN)('%s, which was stopped cleanly:', (name) => {
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

describe.each(CRASHED)('%s, which was not:', (name) => {
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
