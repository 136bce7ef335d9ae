import { beforeAll, expect, test } from 'vitest'
import { damagedRecords, forSeeds, outcomeOf, sampleRecords } from '../../../../test/kit/damage.ts'
import { COMPRESSION_TYPES, loadCompression } from '../../../message/index.ts'
import { decodedRecords } from './records.ts'

const samples = sampleRecords()
beforeAll(() => Promise.all(COMPRESSION_TYPES.map(loadCompression)))

test('a damaged pull reply gives messages, some of them marked as unreadable, or is refused with a code', async () => {
  const outcomes = { refused: 0, marked: 0, read: 0 }
  await forSeeds(2000, (random) => {
    const found = outcomeOf(() => decodedRecords(damagedRecords(samples, random), 'b'))
    if (!Array.isArray(found)) outcomes.refused++
    else if (found.some(({ unreadable }) => unreadable !== undefined)) outcomes.marked++
    else outcomes.read++
  })
  expect(Math.min(outcomes.refused, outcomes.marked, outcomes.read)).toBeGreaterThan(20)
})
