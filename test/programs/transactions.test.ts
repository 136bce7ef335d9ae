import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, openClient } from 'rocketstream/client'
import { verifyStore } from 'rocketstream/store'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CLI, type Running, run } from './run.ts'

let directory: string
const started: Running[] = []
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rocketstream-transactions-'))
  const settings = ['listenPort=0', 'brokerIP1=127.0.0.1', 'transactionTimeOut=300', 'transactionCheckInterval=200']
  // Ends reach the disk with the messages: what is asked about after a kill was really open.
  writeFileSync(join(directory, 'broker.conf'), [...settings, 'transactionOpBatchInterval=1', ''].join('\n'))
})
afterEach(async () => {
  for (const server of started.splice(0)) {
    server.kill('SIGKILL')
    await server.ended
  }
  rmSync(directory, { recursive: true, force: true })
})

/** A server as a process of its own, so that it can be killed; gives it and a client. */
async function start(): Promise<{ running: Running; client: Client }> {
  const flags = ['server', '--namesrv-port', '0', '-c', 'broker.conf', '--store', 'store']
  const running = run([CLI, ...flags], { cwd: directory })
  started.push(running)
  const line = await running.line('rocketstream server ready')
  return { running, client: await openClient({ nameServer: `127.0.0.1:${/port (\d+)/.exec(line)?.[1]}` }) }
}

const message = (text: string) => ({ topic: 'Paid', body: Buffer.from(text) })

async function consume(client: Client, topic: string, take: (body: string) => void): Promise<void> {
  const listener = (received: { readonly body: Buffer }): void => take(received.body.toString())
  await client.pushConsumer({ group: 'C', subscriptions: [{ topic }], from: 'first', listener })
}

test('transactions are open, committed and rolled back after kill -9 of the server as they were before', async () => {
  const first = await start()
  const unasked = async (): Promise<'unknown'> => 'unknown'
  const before = await first.client.transactionProducer({ group: 'P', check: unasked })
  const ends = ['commit', 'rollback', 'unknown'] as const
  const sent = await Promise.all(
    Array.from({ length: 60 }, (_, n) => {
      const end = ends[n % 3] ?? 'unknown'
      return before.sendInTransaction(message(`${end}-${n}`), async () => end)
    }),
  )
  const open = sent.filter(({ state }) => state === 'unknown').map(({ transactionId }) => transactionId)
  await before.send(message('mark'))
  const ended: string[] = []
  await consume(first.client, 'RMQ_SYS_TRANS_OP_HALF_TOPIC', (body) => ended.push(...body.split(',').slice(0, -1)))
  await expect.poll(() => ended.length, { timeout: 15_000 }).toBe(40)
  first.running.kill('SIGKILL')
  await first.running.ended
  await first.client[Symbol.asyncDispose]()

  const second = await start()
  const asked: string[] = []
  await second.client.transactionProducer({
    group: 'P',
    topics: ['Paid'],
    check: async ({ transactionId }) => {
      asked.push(transactionId)
      return 'commit'
    },
  })
  const seen: string[] = []
  await consume(second.client, 'Paid', (body) => seen.push(body))
  const committed = sent.flatMap(({ state }, n) => (state === 'rollback' ? [] : [`${state}-${n}`]))
  await expect.poll(() => seen.length, { timeout: 15_000 }).toBeGreaterThanOrEqual(41)
  expect(seen.sort()).toEqual([...committed, 'mark'].sort())
  expect(new Set(asked)).toEqual(new Set(open))
  await second.client[Symbol.asyncDispose]()
  second.running.kill('SIGTERM')
  expect((await second.running.ended).code).toBe(0)
  expect((await verifyStore(join(directory, 'store'))).problems).toEqual([])
})
