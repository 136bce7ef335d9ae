import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openClient } from 'rocketstream/client'
import { verifyStore } from 'rocketstream/store'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Running } from './run.ts'
import { type ServerProcess, startServerProcess } from './server-process.ts'

let directory: string
const started: Running[] = []
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rocketstream-durability-'))
})
afterEach(async () => {
  for (const server of started.splice(0)) {
    server.kill('SIGKILL')
    await server.ended
  }
  rmSync(directory, { recursive: true, force: true })
})

async function start(flushDiskType: string): Promise<ServerProcess> {
  const server = await startServerProcess(directory, `flushDiskType=${flushDiskType}`)
  started.push(server.running)
  return server
}

/** Sends from many places at once; gives the ids that the broker acknowledged. */
async function send({ nameServer }: ServerProcess, prefix: string, count: number): Promise<string[]> {
  await using client = await openClient({ nameServer })
  const producer = await client.producer({ group: 'P' })
  const texts = Array.from({ length: count }, (_, n) => `${prefix}-${n}`)
  await Promise.all(texts.map((text) => producer.send({ topic: 'Kept', tag: text, body: Buffer.from(text) })))
  return texts
}

/** Consumes until as many different messages were seen, then leaves the group in order. */
async function consume({ nameServer }: ServerProcess, count: number): Promise<string[]> {
  await using client = await openClient({ nameServer })
  const seen: string[] = []
  await client.pushConsumer({
    group: 'C',
    subscriptions: [{ topic: 'Kept' }],
    from: 'first',
    listener: (message) => {
      seen.push(message.body.toString())
    },
  })
  await expect.poll(() => new Set(seen).size, { timeout: 15_000 }).toBeGreaterThanOrEqual(count)
  return seen
}

async function expectSound(): Promise<void> {
  const report = await verifyStore(join(directory, 'store'))
  expect(report.problems).toEqual([])
}

for (const flushDiskType of ['ASYNC_FLUSH', 'SYNC_FLUSH']) {
  test(`messages acknowledged before a clean stop are there after it, and consumption goes on where it was (${flushDiskType})`, async () => {
    const first = await start(flushDiskType)
    const before = await send(first, 'before', 300)
    expect((await consume(first, 300)).sort()).toEqual(before.sort())
    const after = await send(first, 'after', 200)
    first.running.kill('SIGTERM')
    expect((await first.running.ended).code).toBe(0)
    await expectSound()

    const second = await start(flushDiskType)
    expect((await consume(second, 200)).sort()).toEqual(after.sort())
  })

  test(`messages acknowledged right before kill -9 are there after it (${flushDiskType})`, async () => {
    const first = await start(flushDiskType)
    const before = await send(first, 'before', 500)
    first.running.kill('SIGKILL')
    expect((await first.running.ended).code).toBeNull()

    const second = await start(flushDiskType)
    const more = await send(second, 'more', 100)
    const seen = await consume(second, 600)
    expect(new Set(seen)).toEqual(new Set([...before, ...more]))
    expect(seen).toHaveLength(600)
    second.running.kill('SIGTERM')
    expect((await second.running.ended).code).toBe(0)
    await expectSound()
  })
}
