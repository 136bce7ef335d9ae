import { expect, test } from 'vitest'
import { allTexts, append, appendTexts, message, openSmall, SMALL, STORE, textsOf } from '../../test/kit/store.ts'
import { type FileCall, SimulatedFiles } from '../base/files/index.ts'
import type { LogFields, Logger } from '../base/log/index.ts'
import { seededRandom } from '../base/random/index.ts'
import { SimulatedClock } from '../base/time/index.ts'
import { encodeProperties } from '../message/index.ts'
import { type AppendResult, type MessageStore, type StoreConfig, verifyStore } from './index.ts'

const EVERYTHING = { maxMessages: 10_000, maxBytes: 1e8, begin: 0, end: Number.MAX_SAFE_INTEGER }

/** What a disk without room refuses. */
const NEED_ROOM: ReadonlySet<FileCall> = new Set(['open', 'write', 'resize', 'sync'])

/** A store on a simulated clock, the texts it acknowledged, and its complaints. */
class Tried {
  readonly clock = new SimulatedClock()
  readonly complaints: string[] = []
  readonly acknowledged: string[] = []
  readonly statuses = new Set<string>()
  files: SimulatedFiles
  changes: Partial<StoreConfig>
  store!: MessageStore
  #sent = 0

  constructor(changes: Partial<StoreConfig> = {}, files = new SimulatedFiles()) {
    this.changes = changes
    this.files = files
    this.files.clock = this.clock
  }

  async open(): Promise<void> {
    const complain = (text: string, fields: LogFields = {}): void =>
      void this.complaints.push(`${text} ${JSON.stringify(fields)}`)
    const quiet = (): void => undefined
    const logger: Logger = { debug: quiet, info: quiet, warn: complain, error: complain, child: () => logger }
    this.store = await openSmall(this.files, this.changes, { clock: this.clock, logger })
  }

  /** Sends so many messages with a key in one turn. */
  async send(count: number): Promise<void> {
    const texts = textsOf(`m${this.#sent++}`, count)
    const results: AppendResult[] = []
    for (const text of texts) {
      const properties = encodeProperties({ KEYS: `all ${text}` })
      this.store.append(message(text, { properties }), { appended: (result) => void results.push(result) })
    }
    await this.clock.advance(0)
    await this.clock.advance(results.length < count ? 6000 : 0)
    expect(results).toHaveLength(count)
    for (const [index, { status }] of results.entries()) {
      this.statuses.add(status)
      // With this answer it is stored, too.
      if (status === 'ok' || status === 'flush-disk-timeout') this.acknowledged.push(texts[index] ?? '')
    }
  }

  async close(): Promise<void> {
    let outcome: unknown
    const closed = this.store[Symbol.asyncDispose]().catch((failure: unknown) => {
      outcome = failure
    })
    await this.clock.advance(0)
    await closed
    if (outcome !== undefined) throw outcome
  }

  /** Everything acknowledged is there, by queue and by key; then the store is closed and checked. */
  async end(note: string): Promise<void> {
    expect(await allTexts(this.store), note).toEqual(this.acknowledged)
    const { records } = await this.store.recordsByKey('T', 'all', EVERYTHING)
    expect(records, note).toHaveLength(this.acknowledged.length)
    await this.close()
    expect((await verifyStore(STORE, { ...SMALL, ...this.changes }, this.files)).problems, note).toEqual([])
  }
}

test.each(['ASYNC_FLUSH', 'SYNC_FLUSH'] as const)(
  'with %s a disk that runs full loses nothing acknowledged, goes on by itself, and leaves no half record after a kill',
  async (flushDiskType) => {
    for (let seed = 1; seed <= 15; seed++) {
      const note = `seed ${seed}`
      const random = seededRandom(seed)
      const tried = new Tried({ flushDiskType, mappedFileSizeCommitLog: 32 * 1024 })
      await tried.open()
      // Files are sparse: a write fails when it needs a page, long after its file was made.
      tried.files.roomBytes = (10 + random.below(12)) * 4096
      for (let round = 0; round < 16; round++) {
        await tried.send(1 + random.below(60))
        await tried.clock.advance(random.below(3000))
      }
      expect([...tried.statuses].sort(), note).toContain('service-not-available')
      expect(await allTexts(tried.store), note).toEqual(tried.acknowledged)

      const after = new Tried(tried.changes, tried.files.copyAll())
      after.files.roomBytes = Number.POSITIVE_INFINITY
      after.acknowledged.push(...tried.acknowledged)
      await after.open()
      await after.send(3)
      await after.end(`${note}, killed`)

      tried.files.roomBytes = Number.POSITIVE_INFINITY
      await tried.clock.advance(5000)
      await tried.send(50)
      expect(tried.acknowledged.at(-1), note).toMatch(/-49$/)
      await tried.clock.advance(1000)
      await tried.end(note)
      expect(tried.complaints.length, note).toBeLessThan(12)
    }
  },
)

test.each([
  ['commitlog', ['write']],
  ['commitlog', ['write', 'resize']],
  ['commitlog', ['open', 'resize']],
  ['commitlog', ['sync']],
  ['consumequeue', ['write', 'open', 'resize']],
  ['consumequeue', ['sync']],
  ['index', ['write', 'open', 'resize']],
  ['index', ['sync']],
  ['checkpoint', ['write', 'sync']],
  ['store', ['write', 'open', 'resize', 'sync', 'remove', 'space']],
] as const)(
  '%s that refuses %j is survived, told of in few words, and forgotten when it works again',
  async (path, calls) => {
    for (const code of ['ENOSPC', 'EIO']) {
      for (const flushDiskType of ['ASYNC_FLUSH', 'SYNC_FLUSH'] as const) {
        const note = `${code} ${flushDiskType}`
        const tried = new Tried({ flushDiskType, openFilesMax: 16 })
        await tried.open()
        await tried.send(30)
        tried.files.fault = (call, at) =>
          at.includes(`/${path}`) && calls.some((each) => each === call) ? code : undefined
        for (let round = 0; round < 20; round++) {
          await tried.send(40)
          await tried.clock.advance(1000)
        }
        await tried.clock.advance(45_000)
        await tried.send(1)
        expect(tried.complaints.length, note).toBeLessThan(8)
        // With SYNC_FLUSH a message is readable when it is on the disk.
        const isBehind = flushDiskType === 'SYNC_FLUSH' && calls.some((call) => call === 'sync')
        if (!isBehind) expect(await allTexts(tried.store), note).toEqual(tried.acknowledged)
        tried.files.fault = () => undefined
        await tried.clock.advance(10_000)
        await tried.send(5)
        expect(tried.acknowledged.at(-1), note).toMatch(/-4$/)
        await tried.clock.advance(2000)
        await tried.end(note)
      }
    }
  },
)

test('messages that were refused do not come back after a kill, though the disk would not even let go of their bytes', async () => {
  const tried = new Tried()
  await tried.open()
  await tried.send(10)
  // The group's first part is written, its second is not, and what was written cannot be cut off.
  let writes = 0
  tried.files.fault = (call, path) => {
    if (!path.includes('commitlog')) return undefined
    if (call === 'write') return ++writes > 1 ? 'ENOSPC' : undefined
    return call === 'resize' ? 'EIO' : undefined
  }
  await tried.send(60)
  expect(tried.acknowledged).toHaveLength(10)
  tried.files.fault = () => undefined
  // Records of the same lengths: the ones behind them would continue the log.
  await tried.send(3)
  const after = new Tried({}, tried.files.copyAll())
  after.acknowledged.push(...tried.acknowledged)
  await after.open()
  await after.send(1)
  await after.end('killed')
  await tried.end('went on')
})

test('when queues cannot be written for long, messages are refused until they can', async () => {
  const tried = new Tried({ mappedFileSizeCommitLog: 1024 * 1024 })
  await tried.open()
  tried.files.fault = (call, path) => (call === 'write' && path.includes('/consumequeue/') ? 'EIO' : undefined)
  await tried.send(5)
  await tried.clock.advance(20_000)
  await tried.send(5)
  await tried.clock.advance(15_000)
  await tried.send(5)
  expect(tried.acknowledged).toHaveLength(10)
  tried.files.fault = () => undefined
  await tried.clock.advance(1000)
  await tried.send(5)
  expect(tried.acknowledged).toHaveLength(15)
  await tried.end('')
})

test('a queue that cannot be written does not keep the others from their files', async () => {
  const tried = new Tried({ mappedFileSizeCommitLog: 1024 * 1024 })
  await tried.open()
  tried.files.fault = (call, path) => (call === 'write' && path.includes('/consumequeue/T/') ? 'EIO' : undefined)
  await tried.send(5)
  const other = append(tried.store, message('other', { topic: 'Other' }))
  await tried.clock.advance(2000)
  await other
  expect(tried.files.list(`${STORE}/consumequeue/Other/0`)).toHaveLength(1)
  tried.files.fault = () => undefined
  await tried.clock.advance(1000)
  await tried.end('')
})

test('wherever closing fails it says so, leaves abort and releases the lock; the next start has every message', async () => {
  for (let failing = 1; failing <= 60; failing++) {
    const tried = new Tried()
    await tried.open()
    await tried.send(70)
    let calls = 0
    tried.files.fault = (call) => (NEED_ROOM.has(call) && ++calls >= failing ? 'ENOSPC' : undefined)
    const failure = await tried.close().then(
      () => undefined,
      (reason: unknown) => reason,
    )
    tried.files.fault = () => undefined
    const note = `from call ${failing} of ${calls} on`
    if (failure === undefined) {
      expect(failing, 'calls of closing').toBeGreaterThan(15)
      break
    }
    expect(String((failure as { code?: unknown }).code), note).toMatch(/^RMQ_STORE_(CLOSE|WRITE)_FAILED$/)
    expect(tried.files.facts(`${STORE}/abort`), note).toBeDefined()
    await tried.open()
    await tried.end(note)
  }
})

test('a store whose abort file cannot be removed was not closed cleanly', async () => {
  const tried = new Tried()
  await tried.open()
  await tried.send(10)
  tried.files.fault = (call, path) => (call === 'remove' && path.endsWith('abort') ? 'EACCES' : undefined)
  await expect(tried.close()).rejects.toMatchObject({
    code: 'RMQ_STORE_CLOSE_FAILED',
    details: { dir: STORE, step: 'noting the clean stop' },
  })
  tried.files.fault = () => undefined
  await tried.open()
  await tried.end('')
})

test('wherever opening fails it says so, and the next start has every message', async () => {
  for (const how of ['clean stop', 'kill']) {
    for (let failing = 1; ; failing++) {
      const note = `${how}, from call ${failing} on`
      const tried = new Tried()
      await tried.open()
      await tried.send(70)
      if (how === 'clean stop') await tried.close()
      else tried.files = tried.files.copyAll()
      let calls = 0
      tried.files.fault = (call) => (NEED_ROOM.has(call) && ++calls >= failing ? 'ENOSPC' : undefined)
      const failure = await tried.open().then(
        () => undefined,
        (reason: unknown) => reason,
      )
      if (failure === undefined) {
        expect(failing, note).toBeGreaterThan(5)
        break
      }
      expect(String((failure as { code?: unknown }).code), note).toMatch(/^RMQ_STORE_(DISK_FULL|READ_FAILED)$/)
      tried.files.fault = () => undefined
      await tried.open()
      await tried.end(note)
    }
  }
})

test('on a disk without room a store does not open, and says which disk', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files)
  await appendTexts(store, textsOf('m', 10))
  await store[Symbol.asyncDispose]()
  files.roomBytes = files.usedBytes
  await expect(openSmall(files)).rejects.toMatchObject({
    code: 'RMQ_STORE_DISK_FULL',
    details: { path: expect.stringContaining(STORE) },
  })
  files.roomBytes = Number.POSITIVE_INFINITY
  const again = await openSmall(files)
  expect(await allTexts(again)).toEqual(textsOf('m', 10))
  await again[Symbol.asyncDispose]()
  expect((await verifyStore(STORE, SMALL, files)).problems).toEqual([])
})
