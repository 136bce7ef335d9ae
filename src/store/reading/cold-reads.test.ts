import { expect, test } from 'vitest'
import { append, message, nextTurn, openSmall, STORE } from '../../../test/kit/store.ts'
import { type Deferred, deferred } from '../../base/async/index.ts'
import { SimulatedFiles } from '../../base/files/index.ts'
import { type MessageStore, type ReadResult, type StoreConfig, verifyStore } from '../index.ts'

const MIB = 1024 * 1024
const QUEUES = 40
const ROUNDS = 8
const BLOCK_BYTES = 256 * 1024

const CONFIG: Partial<StoreConfig> = {
  mappedFileSizeCommitLog: 16 * MIB,
  hotLogBytesMax: MIB,
  coldReadBytesMax: MIB,
  coldReadsAtOnceMax: 2,
  coldReadsWaitingMax: 1000,
}

interface Suspended {
  readonly store: MessageStore
  readonly files: SimulatedFiles
  /** Reads of the log that hang, in order; each goes on when its gate opens. */
  readonly hanging: { readonly bytes: number; readonly gate: Deferred<void> }[]
}

/** A store of 8 MiB in memory-less files: the messages of each queue lie a megabyte apart. */
async function openSuspended(changes: Partial<StoreConfig> = {}): Promise<Suspended> {
  const files = new SimulatedFiles()
  const first = await openSmall(files, CONFIG)
  for (let round = 0; round < ROUNDS; round++) {
    for (let queueId = 0; queueId < QUEUES; queueId++) {
      void append(first, message('x'.repeat(MIB / QUEUES), { queueId }))
    }
    await nextTurn()
  }
  await first[Symbol.asyncDispose]()
  const store = await openSmall(files, { ...CONFIG, ...changes })
  const hanging: Suspended['hanging'] = []
  files.beforeRead = (path, bytes) => {
    if (!path.includes('/commitlog/')) return Promise.resolve()
    const gate = deferred()
    hanging.push({ bytes, gate })
    return gate.promise
  }
  return { store, files, hanging }
}

async function close({ store, files, hanging }: Suspended): Promise<void> {
  files.beforeRead = () => Promise.resolve()
  for (const { gate } of hanging) gate.resolve()
  await store[Symbol.asyncDispose]()
  const { problems } = await verifyStore(STORE, { mappedFileSizeCommitLog: 16 * MIB, ...SIZES }, files)
  expect(problems).toEqual([])
}

const SIZES: Partial<StoreConfig> = { mappedFileSizeConsumeQueue: 200, maxHashSlotNum: 50, maxIndexNum: 40 }

/** Read number `index`: of another queue and another megabyte than the ones before. */
function readCold(store: MessageStore, index: number): Promise<ReadResult> {
  return readFrom(store, index % QUEUES, index % ROUNDS, 1)
}

function readFrom(store: MessageStore, queueId: number, offset: number, maxMessages: number): Promise<ReadResult> {
  const result = store.read('T', queueId, offset, { maxMessages })
  if (!(result instanceof Promise)) throw new Error('The messages are in memory.')
  return result
}

/** Opens one gate after the other until `isDone`, and looks at what hangs at the same time. */
async function drain({ hanging }: Suspended, isDone: () => boolean, look: (open: number) => void): Promise<void> {
  for (let turn = 0; turn < 10_000 && !isDone(); turn++) {
    await nextTurn()
    look(hanging.length)
    hanging.shift()?.gate.resolve()
  }
  expect(isDone()).toBe(true)
}

test('however many read at once, so many reads run and so many bytes are filled as the settings allow', async () => {
  const suspended = await openSuspended()
  const { store, hanging } = suspended
  let done = 0
  const results = Array.from({ length: QUEUES }, (_, index) => readCold(store, index))
  for (const result of results) void result.then(() => done++)
  const most = { reads: 0, bytes: 0 }
  await drain(
    suspended,
    () => done === QUEUES,
    (reads) => {
      most.reads = Math.max(most.reads, reads)
      most.bytes = Math.max(
        most.bytes,
        hanging.reduce((sum, { bytes }) => sum + bytes, 0),
      )
    },
  )
  expect(most).toEqual({ reads: 2, bytes: 2 * BLOCK_BYTES })
  for (const result of await Promise.all(results)) expect(result).toMatchObject({ status: 'FOUND', messageCount: 1 })
  await close(suspended)
})

test('reads take turns: who wants one message does not wait for all of who wants many', async () => {
  const suspended = await openSuspended({ coldReadBytesMax: 4 * MIB })
  const { store } = suspended
  const order: string[] = []
  void readFrom(store, 0, 0, ROUNDS).then(({ messageCount }) => order.push(`many ${messageCount}`))
  await nextTurn()
  void readFrom(store, 30, 0, 1).then(({ messageCount }) => order.push(`one ${messageCount}`))
  await drain(
    suspended,
    () => order.length === 2,
    () => undefined,
  )
  expect(order).toEqual(['one 1', `many ${ROUNDS}`])
  await close(suspended)
})

test('while reads of the disk hang, messages are stored, flushed and read at the tail at once', async () => {
  const suspended = await openSuspended({ flushDiskType: 'SYNC_FLUSH' })
  const { store, hanging } = suspended
  const cold = Array.from({ length: 100 }, (_, index) => readCold(store, index))
  await nextTurn()
  expect(hanging.length).toBe(2)
  expect((await append(store, message('new'))).status).toBe('ok')
  const tail = store.read('T', 0, ROUNDS, { maxMessages: 1 })
  expect(tail).not.toBeInstanceOf(Promise)
  expect(tail).toMatchObject({ status: 'FOUND', messageCount: 1 })
  expect(store.isHot('T', 0, ROUNDS)).toBe(true)
  suspended.files.beforeRead = () => Promise.resolve()
  for (const { gate } of hanging) gate.resolve()
  expect(new Set((await Promise.all(cold)).map(({ status }) => status))).toEqual(new Set(['FOUND']))
  await close(suspended)
})

test('when too many wait for the disk the next one is told to come back', async () => {
  const suspended = await openSuspended({ coldReadsWaitingMax: 5 })
  const { store, hanging } = suspended
  const settled = Promise.allSettled(Array.from({ length: 20 }, (_, index) => readCold(store, index)))
  await nextTurn()
  suspended.files.beforeRead = () => Promise.resolve()
  for (const { gate } of hanging) gate.resolve()
  const codes = (await settled).map((one) => (one.status === 'rejected' ? String(one.reason.code) : 'found'))
  expect(new Set(codes)).toEqual(new Set(['found', 'RMQ_STORE_TOO_MANY_READS']))
  expect(await readCold(store, 39)).toMatchObject({ status: 'FOUND' })
  await close(suspended)
})
