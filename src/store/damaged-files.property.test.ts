import { expect, test } from 'vitest'
import { damage, forSeeds, outcomeLater } from '../../test/kit/damage.ts'
import { append, message, openSmall, SMALL, STORE, textsOf } from '../../test/kit/store.ts'
import { SimulatedFiles } from '../base/files/index.ts'
import type { Random } from '../base/random/index.ts'
import { recordPropertiesAt } from '../message/index.ts'
import { type MessageStore, type StoreConfig, verifyStore } from './index.ts'
import { segmentName } from './segments/segment-layout.ts'

// Whole directories with damaged files: an answer or an error with a code, never a hang. A seed that fails is named by
// the error.

/** Small enough to be opened hundreds of times. */
async function filled(files: SimulatedFiles, changes: Partial<StoreConfig> = {}): Promise<MessageStore> {
  const store = await openSmall(files, changes)
  for (const text of textsOf('m', 40)) await append(store, message(text, { tag: 'a', queueId: text.length % 3 }))
  await append(store, message('u', { topic: 'U', properties: 'UNIQ_KEY\u0001K\u0002KEYS\u0001k l\u0002' }))
  await append(store, message('gone', { topic: 'Gone' }))
  await store.dropTopic('Gone')
  return store
}

test('a store whose files are damaged opens or says why not, and what it then stores is there again', async () => {
  const left = new SimulatedFiles()
  const store = await filled(left)
  const killed = left.copyAll()
  await store[Symbol.asyncDispose]()
  let opened = 0
  await forSeeds(120, async (random) => {
    const files = (random.below(2) === 0 ? left : killed).copyAll()
    const paths = pathsBelow(files, STORE)
    for (let change = 1 + random.below(4); change > 0; change--) damageFile(files, paths, random)
    const outcome = await outcomeLater(() => openSmall(files))
    if (typeof outcome === 'string') return
    opened++
    await readAll(outcome)
    const result = await append(outcome, message('new', { topic: 'New' }))
    if (result.status !== 'ok') throw new Error(result.status)
    await outcome[Symbol.asyncDispose]()
    const again = await openSmall(files)
    const { slices } = await again.read('New', 0, 0, { maxMessages: 1 })
    if (!Buffer.concat([...slices]).includes('new')) throw new Error('what was stored is not there')
    await again[Symbol.asyncDispose]()
  })
  expect(opened).toBeGreaterThan(50)
})

test.each([
  ['far behind the log', 2 ** 59, 103],
  ['to a gigabyte', 5, 0x3900_0067],
  ['in front of it', -1, 103],
  ['at its end', 12_000, 103],
  ['into a record', 5, 103],
  ['to no bytes', 0, 0],
  ['to fewer bytes than a record has', 0, 3],
  ['to fewer bytes than none', 0, -5],
])('a queue entry that leads %s does not stop the reading of those behind it', async (_, physicalOffset, size) => {
  const files = new SimulatedFiles()
  const store = await openSmall(files)
  for (const text of textsOf('m', 100)) await append(store, message(text))
  await store[Symbol.asyncDispose]()
  // After a clean stop the entries are believed.
  const path = `${STORE}/consumequeue/T/0/${segmentName(0)}`
  const bytes = files.readWhole(path) as Buffer
  bytes.writeBigInt64BE(BigInt(physicalOffset), 3 * 20)
  bytes.writeInt32BE(size, 3 * 20 + 8)
  files.writeWhole(path, bytes)
  const again = await openSmall(files)
  expect(again.maxOffset('T', 0)).toBe(100)
  await readAll(again)
  for (const acceptsRecord of [undefined, hasProperties]) {
    const { nextOffset, slices } = await again.read('T', 0, 3, { maxMessages: 1, acceptsRecord })
    expect(nextOffset).toBeGreaterThan(3)
    // What lies in the log is served as it is, unless somebody looks at it.
    const isInLog = physicalOffset >= 0 && size > 0 && physicalOffset + size <= again.maxPhysicalOffset
    const next = isInLog && acceptsRecord === undefined ? await again.read('T', 0, 4, { maxMessages: 1 }) : { slices }
    expect(Buffer.concat([...next.slices]).includes('m-4')).toBe(true)
  }
  await outcomeLater(() => again.storeTimeAt('T', 0, 3))
  await again[Symbol.asyncDispose]()
  expect((await verifyStore(STORE, SMALL, files)).problems.length).toBeGreaterThan(0)
})

test('after a crash recovery leaves nothing that the checker objects to, whatever was damaged', async () => {
  // Without a checksum of whole records nobody can tell a flipped bit in front of a body.
  const changes: Partial<StoreConfig> = { forceVerifyPropCRC: true }
  const whole = new SimulatedFiles()
  const store = await filled(whole, changes)
  const killed = whole.copyAll()
  await store[Symbol.asyncDispose]()
  // Nor what recovery has no reason to read.
  killed.remove(`${STORE}/checkpoint`)
  await forSeeds(80, async (random) => {
    const files = killed.copyAll()
    const paths = pathsBelow(files, STORE).filter((path) => !/abort|lock/.test(path))
    for (let change = 1 + random.below(4); change > 0; change--) damageFile(files, paths, random)
    const outcome = await outcomeLater(() => openSmall(files, changes))
    if (typeof outcome === 'string') throw new Error(outcome)
    await outcome[Symbol.asyncDispose]()
    const { problems } = await verifyStore(STORE, { ...SMALL, ...changes }, files)
    if (problems.length > 0) throw new Error(problems.join('; '))
  })
})

/** As a filter does: it relies on being asked about records. */
const hasProperties = (bytes: Buffer, at: number, size: number): boolean => recordPropertiesAt(bytes, at) <= at + size

/** Reads every queue to its end and asks for what can be asked for; no answer may take for ever. */
async function readAll(store: MessageStore): Promise<void> {
  for (const [topic, queueIds] of store.queues()) {
    for (const queueId of queueIds) {
      let offset = store.minOffset(topic, queueId)
      for (let reads = 0; offset < store.maxOffset(topic, queueId); reads++) {
        if (reads > 1000) throw new Error(`reading ${topic}/${queueId} stays at ${offset}`)
        const limits =
          (reads + queueId) % 2 === 0 ? { maxMessages: 32 } : { maxMessages: 32, acceptsRecord: hasProperties }
        const result = await outcomeLater(() => store.read(topic, queueId, offset, limits))
        if (typeof result === 'string' || result.nextOffset <= offset) break
        offset = result.nextOffset
      }
      await outcomeLater(() => store.offsetByTime(topic, queueId, 1_700_000_000_000, 'lower'))
      await outcomeLater(() => store.storeTimeAt(topic, queueId, 1))
    }
  }
  const range = { maxMessages: 9, maxBytes: 99_999, begin: 0, end: 2 ** 52 }
  await outcomeLater(() => store.recordsByKey('U', 'k', range))
}

/** Damages bytes that were written, which are few of those in a file. */
function damageFile(files: SimulatedFiles, paths: readonly string[], random: Random): void {
  const path = paths[random.below(paths.length)] as string
  const bytes = files.readWhole(path)
  if (bytes === undefined || bytes.length === 0) return
  let end = bytes.length
  while (end > 8 && bytes[end - 1] === 0) end--
  damage(bytes.subarray(0, end), random)
  files.writeWhole(path, bytes)
}

function pathsBelow(files: SimulatedFiles, folder: string): string[] {
  return files
    .list(folder)
    .flatMap(({ name, isDirectory }) => (isDirectory ? pathsBelow(files, `${folder}/${name}`) : [`${folder}/${name}`]))
}
