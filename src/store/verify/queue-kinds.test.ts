/** What a check finds in queues of batches, in units and in light queues. */
import { expect, test } from 'vitest'
import { append, message, openSmall, SMALL, STORE } from '../../../test/kit/store.ts'
import { SimulatedFiles } from '../../base/files/index.ts'
import { encodeBatch, encodeProperties, SYS_FLAG } from '../../message/index.ts'
import type { AppendMessage, StoreConfig } from '../index.ts'
import { type StorePorts, verifyStore } from '../index.ts'

const FIRST = '0'.repeat(20)

/** What is found when one file of a store with these messages was changed. */
async function problems(
  messages: readonly AppendMessage[],
  changes: Partial<StoreConfig>,
  ports: StorePorts,
  path: string,
  change: (bytes: Buffer) => void,
): Promise<readonly string[]> {
  const files = new SimulatedFiles()
  const store = await openSmall(files, changes, ports)
  for (const each of messages) expect((await append(store, each)).status).toBe('ok')
  await store[Symbol.asyncDispose]()
  expect((await verifyStore(STORE, { ...SMALL, ...changes }, files)).problems).toEqual([])
  const bytes = files.readWhole(`${STORE}/${path}`) ?? Buffer.alloc(0)
  change(bytes)
  files.writeWhole(`${STORE}/${path}`, bytes)
  return (await verifyStore(STORE, { ...SMALL, ...changes }, files)).problems
}

const batch = (texts: readonly string[]): AppendMessage => ({
  ...message('', { sysFlag: SYS_FLAG.innerBatch | SYS_FLAG.needUnwrap }),
  body: encodeBatch(texts.map((text) => ({ body: Buffer.from(text), flag: 0, properties: '' }))),
  properties: encodeProperties({ INNER_NUM: String(texts.length) }),
})

const inBatches = (change: (bytes: Buffer) => void): Promise<readonly string[]> =>
  problems(
    [batch(['a', 'b', 'c']), batch(['d', 'e'])],
    { mapperFileSizeBatchConsumeQueue: 10 * 46 },
    { queueKindOf: () => 'batch' },
    `batchconsumequeue/T/0/${FIRST}`,
    change,
  )

test('an entry of a queue of batches must name its record, the messages in it and when it was stored', async () => {
  expect(await inBatches(() => undefined)).toEqual([])
  expect(await inBatches((bytes) => bytes.writeInt16BE(4, 46 + 36))).toEqual([
    'T/0 entry 3 has the messages from 3 to 7, its record those from 3 to 5',
    'the note of the last stop says that T/0 ends at 5, but it ends at 7',
  ])
  expect(await inBatches((bytes) => bytes.writeInt32BE(7, 20))).toEqual([
    expect.stringMatching(/^T\/0 entry 0 was stored at \d+, its record says \d+$/),
  ])
  expect(await inBatches((bytes) => bytes.fill(0, 46, 92))).toEqual([
    expect.stringMatching(/^log position \d+: T\/0 has no entry 3$/),
    'the note of the last stop says that T/0 ends at 5, but it ends at 3',
  ])
})

const EXT = { enableConsumeQueueExt: true, mappedFileSizeConsumeQueueExt: 128 }
const tagged = ['a', 'b'].map((text) => message(text, { properties: encodeProperties({ TAGS: text }) }))
const withUnits = (change: (bytes: Buffer) => void): Promise<readonly string[]> =>
  problems(tagged, EXT, {}, `consumequeue_ext/T/0/${FIRST}`, change)

test('a unit must be there and say what its record says', async () => {
  expect(await withUnits((bytes) => bytes.writeInt32BE(9, 20 + 6))).toEqual([
    'T/0 entry 1 has the tags code 9, its record says 98',
  ])
  expect(await withUnits((bytes) => bytes.writeInt32BE(9, 20 + 14))).toEqual([
    expect.stringMatching(/^T\/0 entry 1 was stored at \d+ by its unit, its record says \d+$/),
  ])
  expect(await withUnits((bytes) => bytes.fill(0, 20))).toEqual(['T/0 entry 1 points to a unit that is not there'])
})

test('a light queue has an entry for each record that names it', async () => {
  const light = { enableLmq: true, enableMultiDispatch: true }
  const named = message('n', { properties: encodeProperties({ INNER_MULTI_DISPATCH: '%LMQ%a' }) })
  const found = await problems([named, named], light, {}, `consumequeue/%LMQ%a/0/${FIRST}`, (bytes) => {
    bytes.writeInt32BE(1, 20 + 4)
  })
  expect(found).toEqual([expect.stringMatching(/^%LMQ%a\/0 entry 1 points to 1 \(\d+ bytes\), not \d+ \(\d+\)$/)])
})
