/**
 * One phase of the scale benchmark, in a process of its own so that its memory and its end are its own. Prints one line
 * of JSON.
 *
 *     node --import tsx test/bench/store/scale-phase.ts <append-stop|append-wait|open|verify> <directory> <messages> <topics>
 */
import { openStore, storeConfig, verifyStore } from '../../../src/store/index.ts'
import { rssAnonKb } from '../../interop/kit/process-stats.ts'
import { ScaleWriter } from './scale-messages.ts'

/** Bytes of an entry of a queue, and of one of the index. */
const ENTRY_BYTES = 20

/** Milliseconds between looks at the memory. */
const LOOK_MS = 100

const [phase = '', directory = '', messagesText = '', topicsText = ''] = process.argv.slice(2)
const config = storeConfig.with({ storePathRootDir: directory })
const messages = Number(messagesText)

if (phase === 'append-stop' || phase === 'append-wait') await append()
else if (phase === 'open') await open()
else if (phase === 'verify') await verify()
else throw new Error(`"${phase}" is no phase.`)

async function append(): Promise<void> {
  const store = await openStore(config)
  const writer = new ScaleWriter(Number(topicsText))
  // The first ones are compiled on the way; they count in no part.
  const warmUp = Math.min(100_000, Math.ceil(messages / 10))
  await writer.write(store, warmUp)
  let memoryKb = 0
  const look = setInterval(() => {
    memoryKb = Math.max(memoryKb, rssAnonKb(process.pid))
  }, LOOK_MS)
  const part = Math.min(1_000_000, Math.max(1, Math.floor((messages - warmUp) / 2)))
  const rates: number[] = []
  const cpuUs: number[] = []
  let left = messages - warmUp
  while (left > 0) {
    const count = left < 2 * part ? left : part
    const begun = performance.now()
    const cpu = process.cpuUsage()
    await writer.write(store, count)
    const { user, system } = process.cpuUsage(cpu)
    rates.push((count / (performance.now() - begun)) * 1000)
    cpuUs.push((user + system) / count)
    left -= count
  }
  clearInterval(look)
  const done = { rates, cpuUs, memoryMb: memoryKb / 1024, logBytes: store.maxPhysicalOffset }
  if (phase === 'append-wait') {
    print(done)
    // To be killed.
    setInterval(() => undefined, 1000)
    return
  }
  const begun = performance.now()
  await store[Symbol.asyncDispose]()
  print({ ...done, stopMs: performance.now() - begun })
}

async function open(): Promise<void> {
  const begun = performance.now()
  const store = await openStore(config)
  const openMs = performance.now() - begun
  const memoryMb = rssAnonKb(process.pid) / 1024
  let readable = 0
  for (const [topic, queues] of store.queues()) for (const id of queues) readable += store.maxOffset(topic, id)
  await store[Symbol.asyncDispose]()
  print({ openMs, cpuMs: process.cpuUsage().user / 1000, memoryMb, readable })
}

async function verify(): Promise<void> {
  const begun = performance.now()
  const { records, bytes, entries, indexedKeys, problems } = await verifyStore(directory)
  const verifyMs = performance.now() - begun
  const readBytes = bytes + (entries + indexedKeys) * ENTRY_BYTES
  const cpuMs = process.cpuUsage().user / 1000
  print({ verifyMs, cpuMs, records, readBytes, problems, memoryMb: rssAnonKb(process.pid) / 1024 })
}

function print(result: object): void {
  process.stdout.write(`${JSON.stringify(result)}\n`)
}
