import { expect, test } from 'vitest'
import { allTexts, message, nextTurn, openSmall, SMALL, STORE } from '../../../test/kit/store.ts'
import { until } from '../../../test/kit/until.ts'
import { type Deferred, deferred, sleep } from '../../base/async/index.ts'
import { SimulatedFiles } from '../../base/files/index.ts'
import { systemClock } from '../../base/time/index.ts'
import { type MessageStore, verifyStore } from '../index.ts'

/** Longer than a moment: half of it is enough for whoever sends again at once. */
const SYNC_MS = 20

interface Gated {
  readonly files: SimulatedFiles
  readonly store: MessageStore
  /** One for each sync that has begun. */
  readonly syncs: Deferred<void>[]
}

async function openGated(): Promise<Gated> {
  const files = new SimulatedFiles()
  const store = await openSmall(files, { flushDiskType: 'SYNC_FLUSH' })
  const syncs: Deferred<void>[] = []
  files.beforeSync = () => {
    const gate = deferred()
    syncs.push(gate)
    return gate.promise
  }
  return { files, store, syncs }
}

/** Ends the sync that runs, which has taken some time, and lets the next ones pass. */
async function endSync({ files, syncs }: Gated): Promise<void> {
  await sleep(systemClock, SYNC_MS)
  files.beforeSync = async () => void syncs.push(deferred())
  syncs[0]?.resolve()
}

async function close({ files, store, syncs }: Gated): Promise<void> {
  files.beforeSync = async () => undefined
  for (const { resolve } of syncs) resolve()
  await store[Symbol.asyncDispose]()
  expect((await verifyStore(STORE, SMALL, files)).problems).toEqual([])
}

test('who is answered and sends again at once shares the next sync with those who wait', async () => {
  const gated = await openGated()
  const { store, syncs } = gated
  const answered: string[] = []
  const send = (text: string, next?: string): void =>
    store.append(message(text), {
      appended: ({ status }) => {
        answered.push(`${text} ${status}`)
        if (next !== undefined) send(next)
      },
    })
  send('a', 'a again')
  await nextTurn()
  send('b')
  await nextTurn()
  expect(syncs.length).toBe(1)
  await endSync(gated)
  await until('all are answered', () => answered.length === 3)
  expect(answered).toEqual(['a ok', 'b ok', 'a again ok'])
  expect(syncs.length).toBe(2)
  await close(gated)
})

test('who waits is answered though the others never send again, also while the store closes', async () => {
  for (const closesAtOnce of [false, true]) {
    const gated = await openGated()
    const { store } = gated
    const answered: string[] = []
    const send = (text: string): void =>
      store.append(message(text), { appended: ({ status }) => void answered.push(`${text} ${status}`) })
    for (const text of ['a', 'b', 'c']) send(text)
    await nextTurn()
    send('d')
    await nextTurn()
    await endSync(gated)
    if (closesAtOnce) {
      await close(gated)
      expect(answered).toEqual(['a ok', 'b ok', 'c ok', 'd ok'])
      continue
    }
    await until('all are answered', () => answered.length === 4)
    expect(await allTexts(store)).toEqual(['a', 'b', 'c', 'd'])
    await close(gated)
  }
})
