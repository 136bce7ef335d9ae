/**
 * How near SYNC_FLUSH comes to what the disk allows: 1, 8 and 64 producers, each of which sends its next message when
 * the last one was answered, through the store's API and through the broker over TCP; beside them what the disk does
 * when all that is written are groups of as many messages as the store syncs at once, and groups of all producers, one
 * `fdatasync` each, in the same kind of file. Short turns
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
import { type AppendMessage, type MessageStore, openStore, storeConfig } from '../../src/store/index.ts'
import { startRocketstream } from '../interop/kit/index.ts'
import { benchMessage } from './store/bench-message.ts'
import { judged, type Row, renderRows, shown } from './store/rows.ts'

const BODY_BYTES = 1024
const TURN_MS = 500
const PRODUCERS = [1, 8, 64]
const FILE_BYTES = 1024 * 1024 * 1024

const rounds = Number(process.argv[2] ?? 8)
const body = Buffer.alloc(BODY_BYTES, 'x')
const properties = Buffer.from(
  'UNIQ_KEY\u00017F000001123400000000000000010000\u0002WAIT\u0001true\u0002TAGS\u0001TagA\u0002',
)

/** The disk alone: groups of so many bytes, one sync each, in files like those of a log. */
class RawFile {
  readonly #path: string
  #descriptor: number
  #position = 0

  constructor(path: string) {
    this.#path = path
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
      await new Promise((resolve) => fdatasync(this.#descriptor, resolve))
      syncs++
    }
    return (syncs / (performance.now() - begun)) * 1000
  }

  close(): void {
    closeSync(this.#descriptor)
  }

  #roll(): void {
    this.close()
    rmSync(this.#path)
    this.#descriptor = openSync(this.#path, 'w+')
    ftruncateSync(this.#descriptor, FILE_BYTES)
    this.#position = 0
  }
}

/** Messages a second of producers that send on when they are answered; `send` sends one and calls back. */
function closedLoop(producers: number, send: (answered: () => void) => void): Promise<number> {
  return new Promise((resolve) => {
    const begun = performance.now()
    let answers = 0
    let running = producers
    const answered = (): void => {
      answers++
      if (performance.now() - begun < TURN_MS) send(answered)
      else if (--running === 0) resolve((answers / (performance.now() - begun)) * 1000)
    }
    for (let producer = 0; producer < producers; producer++) send(answered)
  })
}

function storeTurn(store: MessageStore, producers: number): Promise<number> {
  const inputs = Array.from({ length: 8 }, (_, queueId) => benchMessage(queueId, body, properties))
  let next = 0
  return closedLoop(producers, (answered) => {
    const input = inputs[next++ % inputs.length] as AppendMessage
    store.append(input, {
      appended: ({ status }) => {
        if (status !== 'ok') throw new Error(`an append was answered with ${status}`)
        answered()
      },
    })
  })
}

function brokerTurn(producer: Producer, producers: number): Promise<number> {
  return closedLoop(producers, (answered) => {
    producer.send({ topic: 'BenchmarkTest', body }).then(answered, (failure: unknown) => {
      throw failure
    })
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
const raw = new RawFile(join(directory, 'raw'))
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
    const [disk, whole, stored, sent]: [number[], number[], number[], number[]] = [[], [], [], []]
    const groups: number[] = []
    for (let round = 0; round < rounds; round++) {
      const [syncsBefore, begun] = [syncs, performance.now()]
      const rate = await storeTurn(store, producers)
      stored.push(rate)
      const group = (rate * (performance.now() - begun)) / 1000 / (syncs - syncsBefore)
      groups.push(group)
      disk.push(group * (await raw.turn(Math.round(group * recordBytes))))
      whole.push(producers * (await raw.turn(Math.round(producers * recordBytes))))
      sent.push(await brokerTurn(producer, producers))
    }
    const allowed = median(disk)
    const name = `${producers} producer${producers > 1 ? 's' : ''}`
    rows.push(
      shown(`${name}: messages per sync of the store`, median(groups), ''),
      shown(`${name}: such groups × their fdatasync rate`, allowed, 'msg/s'),
      shown(`${name}: groups of all × their fdatasync rate`, median(whole), 'msg/s'),
      shown(`${name}: store`, median(stored), 'msg/s'),
      judged(`${name}: store ÷ disk`, (median(stored) / allowed) * 100, '%', '≥', 80),
      shown(`${name}: store ÷ disk with groups of all`, (median(stored) / median(whole)) * 100, '%'),
      shown(`${name}: broker over TCP`, median(sent), 'msg/s'),
      shown(`${name}: broker ÷ disk`, (median(sent) / allowed) * 100, '%'),
    )
  }
} finally {
  raw.close()
  await store[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true })
}
console.log(renderRows(rows))
process.exitCode = rows.some(({ isReached }) => isReached === false) ? 1 : 0
