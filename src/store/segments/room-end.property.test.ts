import { expect, test } from 'vitest'
import { SimulatedFiles } from '../../base/files/index.ts'
import { seededRandom } from '../../base/random/index.ts'
import { OpenFiles } from './open-files.ts'
import { SegmentFiles } from './segment-files.ts'
import { isZero } from './zeros.ts'

const PAGE_BYTES = 4096
const PAGES = 64
const LAYOUT = { directory: '/log', fileBytes: PAGES * PAGE_BYTES, setting: 'test' }

test('behind what may hold anything but zeros nothing but zeros lies, wherever the file has its room', () => {
  const outcomes = { known: 0, unknown: 0 }
  for (let seed = 1; seed <= 2000; seed++) {
    const random = seededRandom(seed)
    const files = new SimulatedFiles()
    files.makeDirectory('/log')
    const log = SegmentFiles.load(LAYOUT, new OpenFiles(files, 4))
    const end = 1 + random.below(LAYOUT.fileBytes / 2)
    log.writeSync(Buffer.alloc(end, 1), 0)
    // Filled ahead, with or without a hole …
    const ahead = random.below(20) * PAGE_BYTES
    if (ahead > 0) log.writeSync(Buffer.alloc(ahead), end)
    // … and what a loss of power left of messages that were not synced.
    for (let pages = random.below(3); pages > 0; pages--) {
      const page = Math.ceil(end / PAGE_BYTES) + random.below(PAGES / 2 - 1)
      const value = random.below(2)
      log.writeSync(Buffer.alloc(1 + random.below(PAGE_BYTES), value), page * PAGE_BYTES)
    }
    const whole = Buffer.alloc(LAYOUT.fileBytes)
    log.readSync(whole, 0)
    const roomEnd = log.roomEnd(end)
    outcomes[roomEnd === undefined ? 'unknown' : 'known']++
    if (roomEnd !== undefined) expect([seed, roomEnd >= end, isZero(whole.subarray(end))]).toEqual([seed, true, true])
    const after = Buffer.alloc(LAYOUT.fileBytes)
    log.readSync(after, 0)
    expect(after.equals(whole)).toBe(true)
  }
  expect(Math.min(outcomes.known, outcomes.unknown)).toBeGreaterThan(300)
})

test('zeros right behind the end are known for what they are', () => {
  const files = new SimulatedFiles()
  files.makeDirectory('/log')
  const log = SegmentFiles.load(LAYOUT, new OpenFiles(files, 4))
  log.writeSync(Buffer.alloc(5000, 1), 0)
  expect(log.roomEnd(5000)).toBe(5000)
  log.writeSync(Buffer.alloc(20_000), 5000)
  expect(log.roomEnd(5000)).toBe(7 * PAGE_BYTES)
  files.fault = (call) => (call === 'write' ? 'ENOSPC' : undefined)
  expect(log.roomEnd(5000)).toBeUndefined()
  files.fault = () => undefined
  log.writeSync(Buffer.from([1]), 24_999)
  expect(log.roomEnd(5000)).toBeUndefined()
})
