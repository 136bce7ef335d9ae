/**
 * How near SYNC_FLUSH comes to what the disk allows: 1, 8 and 64 producers, each of which sends its next message when
 * the last one was answered, through the store's API and through the broker over TCP. Beside them what the disk does
 * when all that is written are groups of as many messages as the store syncs at once, one `fdatasync` each: in a new
 * file of a log's length, and in one that is filled with zeros ahead of the groups, as the store does it. Short turns
 * alternate, so that what else the disk does meets all of them, and medians are printed.
 *
 *     npm run bench:sync-flush [-- rounds]
 *
 * Exit code 1 if a goal is missed.
 */
import { closeSync, fdatasync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeFiles } from '../../src/base/files/index.ts'
import { openClient, type Producer } from '../../src/client/index.ts'
import {
  type AppendMessage,
  type AppendResult,
  type MessageStore,
  openStore,
  storeConfig,
} from '../../src/store/index.ts'
import { AHEAD_BYTES } from '../../src/store/segments/zeros.ts'
import { startRocketstream } from '../interop/kit/index.ts'
import { benchMessage } from './store/bench-message.ts'
import { judged, type Row, renderRows, shown } from './store/rows.ts'

const BODY_BYTES = 1024
const TURN_MS = 500
const PRODUCERS = [1, 8, 64]
const FILE_BYTES = 1024 * 1024 * 1024
const ZEROS = Buffer.alloc(AHEAD_BYTES)

const rounds = Number(process.argv[2] ?? 8)
const body = Buffer.alloc(BODY_BYTES, 'x')
const properties = Buffer.from(
  'UNIQ_KEY\u00017F000001123400000000000000010000\u0002WAIT\u0001true\u0002TAGS\u0001TagA\u0002',
)

/** The disk alone: groups of so many bytes, one sync each, in files like those of a log. */
class RawFile {
  readonly #path: string
  /** Filled with zeros, so many at once, ahead of the groups. */
  readonly #aheadBytes: number
  #descriptor: number
  #position = 0
  #filled = 0

  constructor(path: string, aheadBytes: number) {
    this.#path = path
    this.#aheadBytes = aheadBytes
    this.#descriptor = openSync(path, 'w+')
    ftruncateSync(this.#descriptor, FILE_BYTES)
  }

  /** Syncs a second. They run in the thread pool: a main thread that blocks in them is woken later. */
  async turn(groupBytes: number): Promise<number> {
    const group = Buffer.alloc(groupBytes, 'x')
    const begun = performance.now()
    let syncs = 0
    while (performance.now() - begun < TURN_MS) {
      if (this.#position + groupBytes > FILE_BYTES) this.#roll()
      writeSync(this.#descriptor, group, 0, groupBytes, this.#position)
      this.#position += groupBytes
      if (this.#aheadBytes > 0 && this.#position > this.#filled) this.#fill()
      await new Promise((resolve) => fdatasync(this.#descriptor, resolve))
      syncs++
    }
    return (syncs / (performance.now() - begun)) * 1000
  }

  close(): void {
    closeSync(this.#descriptor)
  }

  #fill(): void {
    const bytes = Math.min(this.#aheadBytes, FILE_BYTES - this.#position)
    writeSync(this.#descriptor, ZEROS, 0, bytes, this.#position)
    this.#filled = this.#position + bytes
  }

  #roll(): void {
    this.close()
    rmSync(this.#path)
    this.#descriptor = openSync(this.#path, 'w+')
    ftruncateSync(this.#descriptor, FILE_BYTES)
    this.#position = 0
    this.#filled = 0
  }
}

/**
 * Messages a second of producers that send on when they are answered; `producer` says how one sends, given who to tell.
 */
function closedLoop(producers: number, producer: (answered: () => void) => () => void): Promise<number> {
  return new Promise((resolve) => {
    const begun = performance.now()
    let isOver = false
    setTimeout(() => {
      isOver = true
    }, TURN_MS)
    let answers = 0
    let running = producers
    for (let started = 0; started < producers; started++) {
      const send = producer(() => {
        answers++
        if (!isOver) send()
        else if (--running === 0) resolve((answers / (performance.now() - begun)) * 1000)
      })
      send()
    }
  })
}

function storeTurn(store: MessageStore, producers: number): Promise<number> {
  const inputs = Array.from({ length: 8 }, (_, queueId) => benchMessage(queueId, body, properties))
  let next = 0
  return closedLoop(producers, (answered) => {
    // One for each producer, not for each message: functions made by the runner of TypeScript cost what a checksum
    // does.
    const receiver = {
      appended({ status }: AppendResult): void {
        if (status !== 'ok') throw new Error(`an append was answered with ${status}`)
        answered()
      },
    }
    return () => store.append(inputs[next++ % inputs.length] as AppendMessage, receiver)
  })
}

function brokerTurn(producer: Producer, producers: number): Promise<number> {
  const failed = (failure: unknown): never => {
    throw failure
  }
  return closedLoop(producers, (answered) => () => {
    producer.send({ topic: 'BenchmarkTest', body }).then(answered, failed)
  })
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0
}

/** The machine's files, with a count of the syncs of the log. */
let syncs = 0
const countingFiles = {
  ...nodeFiles,
  open: (...args: Parameters<typeof nodeFiles.open>) => {
    const file = nodeFiles.open(...args)
    if (!file.path.includes('commitlog')) return file
    const datasync = file.datasync.bind(file)
    return Object.assign(file, {
      datasync: () => {
        syncs++
        return datasync()
      },
    })
  },
}

const directory = mkdtempSync(join(tmpdir(), 'rocketstream-sync-'))
const plain = new RawFile(join(directory, 'plain'), 0)
const filled = new RawFile(join(directory, 'filled'), AHEAD_BYTES)
const config = storeConfig.with({ storePathRootDir: join(directory, 'store'), flushDiskType: 'SYNC_FLUSH' })
const store = await openStore(config, { files: countingFiles })
const server = await startRocketstream({ brokerConf: { flushDiskType: 'SYNC_FLUSH' } })
const rows: Row[] = []
try {
  await using client = await openClient({ nameServer: server.namesrvAddress })
  const producer = await client.producer({ group: 'SyncSenders' })
  await brokerTurn(producer, 64)
  const before = store.maxPhysicalOffset
  await storeTurn(store, 64)
  const recordBytes = (store.maxPhysicalOffset - before) / Math.max(1, store.maxOffset('BenchmarkTest', 0)) / 8
  for (const producers of PRODUCERS) {
    const [inPlain, inFilled, stored, sent]: [number[], number[], number[], number[]] = [[], [], [], []]
    const groups: number[] = []
    for (let round = 0; round < rounds; round++) {
      const [syncsBefore, begun] = [syncs, performance.now()]
      const rate = await storeTurn(store, producers)
      stored.push(rate)
      const group = (rate * (performance.now() - begun)) / 1000 / (syncs - syncsBefore)
      groups.push(group)
      const groupBytes = Math.round(group * recordBytes)
      inPlain.push(group * (await plain.turn(groupBytes)))
      inFilled.push(group * (await filled.turn(groupBytes)))
      sent.push(await brokerTurn(producer, producers))
    }
    const name = `${producers} producer${producers > 1 ? 's' : ''}`
    rows.push(
      shown(`${name}: messages per sync of the store`, median(groups), ''),
      shown(`${name}: such groups × fdatasync rate, new file`, median(inPlain), 'msg/s'),
      shown(`${name}: such groups × fdatasync rate, filled file`, median(inFilled), 'msg/s'),
      shown(`${name}: store`, median(stored), 'msg/s'),
      judged(`${name}: store ÷ disk, new file`, (median(stored) / median(inPlain)) * 100, '%', '≥', 80),
      shown(`${name}: store ÷ disk, filled file`, (median(stored) / median(inFilled)) * 100, '%'),
      shown(`${name}: broker over TCP`, median(sent), 'msg/s'),
      shown(`${name}: broker ÷ disk, new file`, (median(sent) / median(inPlain)) * 100, '%'),
    )
  }
} finally {
  plain.close()
  filled.close()
  await store[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true })
}
console.log(renderRows(rows))
process.exitCode = rows.some(({ isReached }) => isReached === false) ? 1 : 0
