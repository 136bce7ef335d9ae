import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openClient } from 'rocketstream/client'
import { verifyStore } from 'rocketstream/store'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type ServerProcess, startServerProcess } from './server-process.ts'

// What waits in a broker lives through its sudden end.

let directory: string
let server: ServerProcess
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rocketstream-delay-'))
})
afterEach(async () => {
  server.running.kill('SIGKILL')
  await server.running.ended
  rmSync(directory, { recursive: true, force: true })
})

const start = async (): Promise<void> => {
  server = await startServerProcess(directory, 'messageDelayLevel=1s 3s')
}

const kill = async (): Promise<void> => {
  server.running.kill('SIGKILL')
  expect((await server.running.ended).code).toBeNull()
}

/** Consumes topic `Late` in group `C` until told to stop; `refuse` is asked whether to fail. */
async function consume(refuse: (text: string) => Promise<boolean> | boolean = () => false) {
  const client = await openClient({ nameServer: server.nameServer })
  const arrivals: { readonly text: string; readonly waitedMs: number; readonly reconsumeTimes: number }[] = []
  await client.pushConsumer({
    group: 'C',
    subscriptions: [{ topic: 'Late' }],
    from: 'first',
    closeTimeoutMs: 100,
    async listener({ body, storeTimestamp, bornTimestamp, reconsumeTimes }) {
      arrivals.push({ text: body.toString(), waitedMs: storeTimestamp - bornTimestamp, reconsumeTimes })
      if (await refuse(body.toString())) throw new Error('refused')
    },
  })
  return { arrivals, stop: () => client[Symbol.asyncDispose]() }
}

async function send(texts: readonly string[], delayLevel: number): Promise<void> {
  await using client = await openClient({ nameServer: server.nameServer })
  const producer = await client.producer({ group: 'P' })
  await Promise.all(texts.map((text) => producer.send({ topic: 'Late', body: Buffer.from(text), delayLevel })))
}

test('messages that wait when the broker is killed come after it: none lost, none early, only delivered ones twice', async () => {
  const names = (prefix: string): readonly string[] => Array.from({ length: 200 }, (_, n) => `${prefix}-${n}`)
  await start()
  await send(names('long'), 2)
  await send(names('short'), 1)
  const first = await consume()
  await expect.poll(() => first.arrivals.length, { timeout: 15_000, interval: 5 }).toBeGreaterThan(0)
  await kill()
  await first.stop()

  await start()
  const second = await consume()
  const all = new Set([...names('long'), ...names('short')])
  const seen = (): Set<string> => new Set([...first.arrivals, ...second.arrivals].map(({ text }) => text))
  await expect.poll(() => seen().size, { timeout: 15_000 }).toBe(all.size)
  expect(seen()).toEqual(all)
  await second.stop()
  const wrong = [...first.arrivals, ...second.arrivals].filter(
    ({ text, waitedMs }) => waitedMs < (text.startsWith('long') ? 3000 : 1000),
  )
  expect(wrong).toEqual([])
  // The long ones were not due when the broker ended.
  expect(second.arrivals.filter(({ text }) => text.startsWith('long'))).toHaveLength(200)
  server.running.kill('SIGTERM')
  expect((await server.running.ended).code).toBe(0)
  expect((await verifyStore(join(directory, 'store'))).problems).toEqual([])
})

test('a message whose listener fails in the moment when the broker is killed comes again after it', async () => {
  await start()
  await send(['hard', 'easy'], 0)
  const first = await consume(async (text) => {
    if (text !== 'hard') return false
    await kill()
    return true
  })
  await expect.poll(() => first.arrivals.map(({ text }) => text), { timeout: 15_000 }).toContain('hard')
  await server.running.ended
  await first.stop()

  await start()
  const second = await consume()
  await expect.poll(() => second.arrivals.map(({ text }) => text), { timeout: 15_000 }).toContain('hard')
  await second.stop()
})
