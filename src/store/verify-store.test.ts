import { expect, test } from 'vitest'
import { appendTexts, openSmall, SMALL, STORE, textsOf } from '../../test/kit/store.ts'
import { SimulatedFiles } from '../base/files/index.ts'
import { verifyStore } from './index.ts'

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
  expect(await verifyStore('/none', SMALL, new SimulatedFiles())).toEqual({
    records: 0,
    queues: 0,
    logStart: 0,
    problems: [],
  })
})

test('a changed body, a record at a wrong place and files behind the end are found', async () => {
  const body = await damaged(LOG, (bytes) => bytes.writeUInt8(0, 90))
  expect(body[0]).toBe('log position 4096: neither a sound record nor the end of the log')
  expect(body[1]).toBe('the log ends at 4096, but there is a file from 4096 on')
  const place = await damaged(LOG, (bytes) => bytes.writeInt32BE(7, 32))
  expect(place).toEqual(['log position 4096: the record says that it lies at 7'])
})

test('entries that point elsewhere or are missing are found', async () => {
  const wrong = await damaged(QUEUE, (bytes) => bytes.writeInt32BE(99, 4))
  expect(wrong[0]).toMatch(/^T\/0 entry 10 points to 99 \(\d+ bytes\), not \d+ \(\d+\)$/)
  expect(wrong[1]).toBe('T/0 has 120 entries, of which 119 point to a record of this queue and offset')
  const missing = await damaged('consumequeue/T/0/00000000000000002200', (bytes) => bytes.fill(0, 180))
  expect(missing).toEqual([expect.stringMatching(/^log position \d+: T\/0 has no entry 119$/)])
})

test('a wrong record in a queue is found by topic, queue and offset', async () => {
  // The record at the beginning of the second log file says that it belongs to queue 1.
  const problems = await damaged(LOG, (bytes) => bytes.writeInt32BE(1, 12))
  expect(problems).toEqual([
    'log position 4096: there is no queue T/1',
    'T/0 has 120 entries, of which 119 point to a record of this queue and offset',
  ])
})

test('every wrong entry is told', async () => {
  const problems = await damaged('consumequeue/T/0/00000000000000000000', (bytes) => {
    for (let at = 0; at < bytes.length; at += 20) bytes.writeInt32BE(99, at + 4)
  })
  expect(problems).toHaveLength(11)
})
