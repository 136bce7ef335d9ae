import { expect, test } from 'vitest'
import { damagedRecords, forSeeds, outcomeOf, sampleRecords } from '../../test/kit/damage.ts'
import { RecordProperties } from '../filter/index.ts'
import { checkRecord } from '../message/index.ts'
import { readStoredMessages } from './stored-message.ts'

const samples = sampleRecords()

test('damaged records are read to be stored again, or refused with a code', async () => {
  let refused = 0
  await forSeeds(5000, (random) => {
    const bytes = damagedRecords(samples, random)
    if (outcomeOf(() => readStoredMessages([bytes])) === 'RMQ_RECORD_CORRUPT') refused++
  })
  expect(refused).toBeGreaterThan(500)
  expect(refused).toBeLessThan(4500)
})

test('a filter finds properties in every record that the store gives it', async () => {
  const properties = new RecordProperties(['TAGS', 'UNIQ_KEY', '名前'])
  await forSeeds(5000, (random) => {
    const bytes = damagedRecords(samples, random)
    const size = checkRecord(bytes, 0, bytes.length, 'none')
    if (size > 0 && properties.read(bytes, 0, size).length !== 3) throw new Error(bytes.toString('hex'))
  })
})
