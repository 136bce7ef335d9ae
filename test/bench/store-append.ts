/**
 * How long the store takes for a message: appends 1 KiB messages in groups of 64 a turn of the event loop, then reads
 * them back from memory and, after a restart, from the files.
 *
 *     node --import tsx test/bench/store-append.ts [messages] [bytes]
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type MessageStore, openStore, storeConfig } from '../../src/store/index.ts'
import { benchMessage } from './store/bench-message.ts'

const GROUP = 64
const QUEUES = 8

const messages = Number(process.argv[2] ?? 200_000)
const bodyBytes = Number(process.argv[3] ?? 1024)
const directory = mkdtempSync(join(tmpdir(), 'rocketstream-bench-'))

/** Appends all; resolves when the last is answered. */
async function append(store: MessageStore): Promise<void> {
  const body = Buffer.alloc(bodyBytes, 7)
  const properties = Buffer.from(
    'UNIQ_KEY\u00017F000001123400000000000000010000\u0002WAIT\u0001true\u0002TAGS\u0001TagA\u0002KEYS\u0001order-123456\u0002',
  )
  const inputs = Array.from({ length: QUEUES }, (_, queueId) => benchMessage(queueId, body, properties))
  let answered = 0
  let sent = 0
  await new Promise<void>((resolve) => {
    const receiver = {
      appended({ status }: { status: string }): void {
        if (status !== 'ok') throw new Error(status)
        answered++
        if (answered === sent) setImmediate(turn)
      },
    }
    const turn = (): void => {
      if (sent >= messages) {
        resolve()
        return
      }
      const group = Math.min(GROUP, messages - sent)
      sent += group
      for (let index = 0; index < group; index++) {
        const input = inputs[index % QUEUES]
        if (input !== undefined) store.append(input, receiver)
      }
    }
    turn()
  })
}

/** Reads the last `count` messages of each queue, in turns as a consumer of all queues does. */
async function readBack(store: MessageStore, count: number): Promise<number> {
  const maxima = Array.from({ length: QUEUES }, (_, queueId) => store.maxOffset('BenchmarkTest', queueId))
  const offsets = maxima.map((max) => Math.max(0, max - count))
  let read = 0
  for (let isDone = false; !isDone; ) {
    isDone = true
    for (let queueId = 0; queueId < QUEUES; queueId++) {
      const offset = offsets[queueId] ?? 0
      if (offset >= (maxima[queueId] ?? 0)) continue
      const found = store.read('BenchmarkTest', queueId, offset, { maxMessages: 32 })
      const result = found instanceof Promise ? await found : found
      read += result.messageCount
      offsets[queueId] = result.nextOffset
      isDone = false
    }
  }
  return read
}

async function measure(name: string, work: () => Promise<number>): Promise<void> {
  const cpu = process.cpuUsage()
  const start = performance.now()
  const count = await work()
  const ms = performance.now() - start
  const { user, system } = process.cpuUsage(cpu)
  const perMessage = (ms * 1000) / count
  const line = [
    name.padEnd(14),
    `${count} messages`,
    `${perMessage.toFixed(2)} µs each`,
    `${((user + system) / count).toFixed(2)} µs CPU each`,
    `${((count * bodyBytes) / 1_048_576 / (ms / 1000)).toFixed(0)} MB/s`,
  ]
  process.stdout.write(`${line.join('  ')}\n`)
}

try {
  const config = storeConfig.with({ storePathRootDir: directory })
  const store = await openStore(config)
  await append(store)
  await measure('append', async () => {
    await append(store)
    return messages
  })
  await measure('read hot', () => readBack(store, 2500))
  const { rss, external } = process.memoryUsage()
  process.stdout.write(
    `memory: rss ${(rss / 1_048_576).toFixed(0)} MB, buffers ${(external / 1_048_576).toFixed(0)} MB\n`,
  )
  await store[Symbol.asyncDispose]()
  const openedAt = performance.now()
  const again = await openStore(config)
  process.stdout.write(`reopened in ${(performance.now() - openedAt).toFixed(1)} ms\n`)
  await measure('read cold', () => readBack(again, messages))
  await again[Symbol.asyncDispose]()
} finally {
  rmSync(directory, { recursive: true })
}
