import fc from 'fast-check'
import { expect, test } from 'vitest'
import { append, message, openSmall, SMALL, STORE } from '../../../test/kit/store.ts'
import { SimulatedFiles } from '../../base/files/index.ts'
import { systemClock } from '../../base/time/index.ts'
import { verifyStore } from '../index.ts'

/** Entries of a queue file of {@link SMALL}. */
const FILE_ENTRIES = 10

/**
 * What Apache's broker answers for a queue whose messages were stored at `times`, of which those before `min` have left
 * the log: it takes one queue file, looks at its edges, and only then searches. Apache:
 * `ConsumeQueue.getOffsetInQueueByTime` (5.3.3).
 */
function apache(times: readonly number[], min: number, timeMs: number, boundary: 'lower' | 'upper'): number {
  const max = times.length
  const clamped = (offset: number): number => Math.min(Math.max(offset, min), max)
  if (max === 0) return 0
  const firstFile = Math.floor(min / FILE_ENTRIES)
  const lastFile = Math.floor((max - 1) / FILE_ENTRIES)
  const files = Array.from({ length: lastFile - firstFile + 1 }, (_, index) => firstFile + index)
  const firstOf = (file: number): number => file * FILE_ENTRIES
  const lastOf = (file: number): number => Math.min(max, firstOf(file + 1)) - 1
  const at = (offset: number): number => times[offset] as number
  const file =
    boundary === 'lower'
      ? (files.find((each) => at(lastOf(each)) >= timeMs) ?? lastFile)
      : files.findLast((each) => at(firstOf(each)) <= timeMs)
  if (file === undefined) return clamped(0)
  const floor = Math.max(min, firstOf(file))
  const ceiling = lastOf(file)
  if (at(ceiling) < timeMs) return clamped(boundary === 'lower' ? ceiling + 1 : ceiling)
  if (at(floor) > timeMs) return clamped(boundary === 'lower' ? firstOf(file) : 0)
  const inFile = Array.from({ length: ceiling - floor + 1 }, (_, index) => floor + index)
  const found =
    boundary === 'lower'
      ? inFile.find((offset) => at(offset) >= timeMs)
      : inFile.findLast((offset) => at(offset) <= timeMs)
  return clamped(found ?? 0)
}

test('offsets by time are those of Apache’s broker, over queue files, equal times and a log that begins late', async () => {
  const steps = fc.array(fc.constantFrom(0, 0, 1, 2, 50), { minLength: 1, maxLength: 60 })
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 0, max: 3 }), async (gaps, lostLogFiles) => {
      const start = 1_700_000_000_000
      let now = start
      const files = new SimulatedFiles()
      const clock = { ...systemClock, now: () => now }
      let store = await openSmall(files, { mappedFileSizeCommitLog: 1024 }, { clock })
      const times: number[] = []
      for (const gap of gaps) {
        now += gap
        await append(store, message('m'))
        times.push(now)
      }
      await store[Symbol.asyncDispose]()
      const names = files.list(`${STORE}/commitlog`).map(({ name }) => name)
      const lost = names.slice(0, Math.min(lostLogFiles, names.length - 1))
      for (const name of lost) files.remove(`${STORE}/commitlog/${name}`)
      store = await openSmall(files, { mappedFileSizeCommitLog: 1024 }, { clock })
      const min = store.minOffset('T', 0)
      expect(min > 0).toBe(lost.length > 0)
      for (const timeMs of new Set(times.flatMap((time) => [time - 1, time, time + 1]))) {
        for (const boundary of ['lower', 'upper'] as const) {
          const found = await store.offsetByTime('T', 0, timeMs, boundary)
          expect(found, `${boundary} ${timeMs - start}`).toBe(apache(times, min, timeMs, boundary))
        }
      }
      await store[Symbol.asyncDispose]()
      expect((await verifyStore(STORE, { ...SMALL, mappedFileSizeCommitLog: 1024 }, files)).problems).toEqual([])
    }),
    { numRuns: 40 },
  )
})
