import { expect, test } from 'vitest'
import { readOnlyFiles } from '../../../test/kit/read-only-files.ts'
import { append, appendTexts, message, openSmall, SMALL, STORE, textsOf } from '../../../test/kit/store.ts'
import { javaHashCode } from '../../base/bytes/index.ts'
import { SimulatedFiles } from '../../base/files/index.ts'
import { SimulatedClock } from '../../base/time/index.ts'
import { encodeProperties } from '../../message/index.ts'
import { type VerifiedStore, verifyStore } from '../index.ts'

async function damaged(path: string, damage: (bytes: Buffer) => void): Promise<readonly string[]> {
  const files = new SimulatedFiles()
  const store = await openSmall(files)
  await appendTexts(store, textsOf('m', 120))
  await store[Symbol.asyncDispose]()
  const bytes = files.readWhole(`${STORE}/${path}`) ?? Buffer.alloc(0)
  damage(bytes)
  files.writeWhole(`${STORE}/${path}`, bytes)
  return (await verifyStore(STORE, SMALL, files)).problems
}

const LOG = 'commitlog/00000000000000004096'
const QUEUE = 'consumequeue/T/0/00000000000000000200'

test('a store in order has no problems, nor has an empty directory', async () => {
  expect(await damaged(LOG, () => undefined)).toEqual([])
  expect(await verifyStore('/none', SMALL, new SimulatedFiles())).toMatchObject({ records: 0, queues: 0, problems: [] })
})

test('a changed body, a record at a wrong place and files behind the end are found', async () => {
  const body = await damaged(LOG, (bytes) => bytes.writeUInt8(0, 90))
  expect(body[0]).toBe('log position 4096: neither a sound record nor the end of the log')
  expect(body[1]).toBe('behind that, from log position 4192 on, lie 77 sound records that can no longer be read')
  expect(body[2]).toBe('the log ends at 4096, but there is a file from 4096 on')
  expect(body[3]).toBe('T/0: 78 entries up to 119 point behind the end of the log')
  const place = await damaged(LOG, (bytes) => bytes.writeInt32BE(7, 32))
  expect(place).toEqual(['log position 4096: the record says that it lies at 7'])
})

test('entries that point elsewhere or are missing are found', async () => {
  const wrong = await damaged(QUEUE, (bytes) => bytes.writeInt32BE(99, 4))
  expect(wrong[0]).toMatch(/^T\/0 entry 10 points to 99 \(\d+ bytes\), not \d+ \(\d+\)$/)
  expect(wrong).toHaveLength(1)
  const missing = await damaged('consumequeue/T/0/00000000000000002200', (bytes) => bytes.fill(0, 180))
  expect(missing).toEqual([
    expect.stringMatching(/^log position \d+: T\/0 has no entry 119$/),
    'the note of the last stop says that T/0 ends at 120, but it ends at 119',
  ])
})

test('a wrong record in a queue is found by topic, queue and offset', async () => {
  // The record at the beginning of the second log file says that it belongs to queue 1.
  const problems = await damaged(LOG, (bytes) => bytes.writeInt32BE(1, 12))
  expect(problems).toEqual([
    'log position 4096: there is no queue T/1',
    'T/0 entry 42 points to 4096 (96 bytes), where no record of this queue and offset lies',
  ])
})

test('every wrong entry is told', async () => {
  const problems = await damaged('consumequeue/T/0/00000000000000000000', (bytes) => {
    for (let at = 0; at < bytes.length; at += 20) bytes.writeInt32BE(99, at + 4)
  })
  expect(problems).toHaveLength(10)
})

/** A closed store with keys, tags, two queues and the files of a broker, damaged by `change`. */
async function changed(change: (files: SimulatedFiles) => void): Promise<VerifiedStore> {
  const files = new SimulatedFiles()
  const clock = new SimulatedClock(1_700_000_000_000)
  const store = await openSmall(files, {}, { clock })
  const sending = [...Array(30).keys()].map((n) => {
    const properties = encodeProperties({ KEYS: `k${n} all`, TAGS: n % 2 === 0 ? 'even' : 'odd', UNIQ_KEY: `U${n}` })
    return append(store, message(`m-${n}`, { queueId: n % 2, properties }))
  })
  await clock.advance(1)
  await Promise.all(sending)
  const closing = store[Symbol.asyncDispose]()
  await clock.advance(100)
  await closing
  files.makeDirectory(`${STORE}/config`)
  files.writeWhole(`${STORE}/config/topics.json`, '{"topicConfigTable":{"T":{"perm":6}}}')
  files.writeWhole(`${STORE}/config/consumerOffset.json`, '{"offsetTable":{"T@G":{0:3,1:4}}}')
  change(files)
  return verifyStore(STORE, {}, readOnlyFiles(files))
}

/** Changes the bytes of a file. */
const inFile =
  (path: string, damage: (bytes: Buffer) => void) =>
  (files: SimulatedFiles): void => {
    const bytes = files.readWhole(`${STORE}/${path}`) ?? Buffer.alloc(0)
    damage(bytes)
    files.writeWhole(`${STORE}/${path}`, bytes)
  }

const QUEUE_0 = 'consumequeue/T/0/00000000000000000000'

test('without settings the sizes are found from the files', async () => {
  expect(await changed(() => undefined)).toEqual({
    records: 30,
    queues: 2,
    entries: 30,
    indexedKeys: 90,
    minPhysicalOffset: 0,
    maxPhysicalOffset: expect.any(Number),
    bytes: expect.any(Number),
    isClean: true,
    pending: [],
    problems: [],
  })
})

test.each<[string, (files: SimulatedFiles) => void, string | RegExp]>([
  [
    'a wrong tags code',
    inFile(QUEUE_0, (bytes) => bytes.writeInt32BE(7, 16)),
    `T/0 entry 0 has the tags code 7, its record says ${javaHashCode('even')}`,
  ],
  [
    'an entry too many',
    inFile('consumequeue/T/0/00000000000000000200', (bytes) => bytes.copy(bytes, 100, 80, 100)),
    /^T\/0 entry 15 points to \d+ \(\d+ bytes\), where no record of this queue and offset lies$/,
  ],
  [
    'a file behind the end of a queue',
    (files) => files.writeWhole(`${STORE}/consumequeue/T/0/00000000000000000600`, Buffer.alloc(200)),
    'T/0 ends at 15, but has a file from 30 on',
  ],
  [
    'a queue file of another length',
    (files) => files.writeWhole(`${STORE}/consumequeue/T/1/00000000000000000200`, Buffer.alloc(120)),
    `${STORE}/consumequeue/T/1/00000000000000000200 has 120 bytes, not 200`,
  ],
  [
    'a stray file',
    (files) => files.writeWhole(`${STORE}/commitlog/notes.txt`, 'x'),
    /notes\.txt does not belong there: expected files named by 20 digits, multiples of mappedFileSizeCommitLog \(4096\)$/,
  ],
  ['a lost queue', (files) => files.remove(`${STORE}/consumequeue/T/1`), /^log position \d+: there is no queue T\/1$/],
  [
    'queues of both kinds',
    (files) => files.makeDirectory(`${STORE}/batchconsumequeue/T/0`),
    'T has queues of both kinds, with which Apache’s broker does not start',
  ],
  [
    'a lost log file',
    (files) => files.remove(`${STORE}/commitlog/00000000000000000000`),
    /^T\/0: \d+ entries up to 14 point behind the end of the log$|no sound record/,
  ],
  [
    'a folder in the index',
    (files) => files.makeDirectory(`${STORE}/index/old`),
    `${STORE}/index/old is a folder, with which Apache’s broker does not start`,
  ],
  [
    'a checkpoint that knows of messages that are not there',
    inFile('checkpoint', (bytes) => bytes.writeBigInt64BE(1_700_000_000_777n, 0)),
    'checkpoint: the log had messages up to the time 1700000000777, the newest in the log is of 1700000000000',
  ],
  [
    'a checkpoint with a place behind the end',
    inFile('checkpoint', (bytes) => bytes.writeBigInt64BE(99_999n, 32)),
    /^checkpoint: a record was seen at log position 99999, but the log ends at \d+$/,
  ],
  [
    'a checkpoint that was cut',
    (files) => files.writeWhole(`${STORE}/checkpoint`, Buffer.alloc(100)),
    'checkpoint has 100 bytes, not 4096',
  ],
  [
    'a broken table of the broker',
    (files) => files.writeWhole(`${STORE}/config/topics.json`, '{"topicConfigTable":{0:'),
    /^config\/topics\.json cannot be read: .*at character.*nor is there a \.bak to read$/,
  ],
])('%s is found', async (_, change, problem) => {
  const { problems } = await changed(change)
  expect(problems).toContainEqual(typeof problem === 'string' ? problem : expect.stringMatching(problem))
})

test('records of a topic that the broker no longer knows need no queue', async () => {
  const gone = await changed((files) => {
    files.remove(`${STORE}/consumequeue/T`)
    files.writeWhole(`${STORE}/config/topics.json`, '{"topicConfigTable":{"Other":{}}}')
    files.remove(`${STORE}/clean-stop.rocketstream`)
  })
  expect(gone).toMatchObject({ records: 30, queues: 0, problems: [] })
})

test('after a stop that was not clean, what the next start mends is told apart', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files)
  await appendTexts(store, textsOf('m', 50))
  const killed = files.copyAll()
  const found = await verifyStore(STORE, {}, readOnlyFiles(killed))
  expect(found).toMatchObject({ records: 50, isClean: false, problems: [] })
  expect(found.pending).toEqual([expect.stringMatching(/^T\/0: 50 records have no (entry|queue) yet$/)])
  await store[Symbol.asyncDispose]()
  expect((await verifyStore(STORE, SMALL, files)).problems).toEqual([])
})

test('a hole of zeros with sound records behind it is found, as nothing must be cut there', async () => {
  const { problems } = await changed(inFile('commitlog/00000000000000000000', (bytes) => bytes.fill(0, 400, 800)))
  expect(problems[0]).toMatch(/^log position \d+: neither a sound record nor the end of the log$/)
  expect(problems[1]).toMatch(
    /^behind that, from log position \d+ on, lie \d+ sound records that can no longer be read$/,
  )
})

test('a store in use is refused, and looked at when that is wanted', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files)
  await appendTexts(store, ['one'])
  await expect(verifyStore(STORE, SMALL, files)).rejects.toMatchObject({ code: 'RMQ_STORE_LOCKED' })
  expect(await verifyStore(STORE, { ...SMALL, evenInUse: true }, files)).toMatchObject({ records: 1, isClean: false })
  await store[Symbol.asyncDispose]()
  expect((await verifyStore(STORE, SMALL, files)).problems).toEqual([])
})

test('a long check tells how far it is', async () => {
  const files = new SimulatedFiles()
  const sizes = { mappedFileSizeCommitLog: 64 * 1024 * 1024 }
  const store = await openSmall(files, sizes)
  const body = Buffer.alloc(4 * 1024 * 1024)
  for (let n = 0; n < 9; n++) await append(store, message('', { body }))
  await store[Symbol.asyncDispose]()
  const told: number[] = []
  const found = await verifyStore(STORE, { progress: (done, total) => told.push(done / total) }, files)
  expect(found).toMatchObject({ records: 9, problems: [] })
  expect(told.length).toBeGreaterThanOrEqual(2)
  expect(told).toEqual([...told].sort((left, right) => left - right))
  expect(told.every((part) => part > 0 && part < 1)).toBe(true)
})
