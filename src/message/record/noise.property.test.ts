import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { damagedRecords, noise, outcomeOf, sampleRecords } from '../../../test/kit/damage.ts'
import { readInt64 } from '../../base/bytes/index.ts'
import { seededRandom } from '../../base/random/index.ts'
import { decodeBatch } from '../batch/batch.ts'
import { COMPRESSION_TYPES, loadCompression } from '../compression/compression.ts'
import { decodeProperties, findProperty } from '../properties.ts'
import { SYS_FLAG } from '../sys-flag.ts'
import { checkRecord, NOT_A_RECORD } from './check.ts'
import { decodeRecord, decodeRecords } from './decode.ts'
import { RECORD } from './layout.ts'
import { locateRecord, locateText, newRecordParts, recordPropertiesAt, storeTimestampOf } from './locate.ts'

// Whatever lies on a disk or comes in a pull reply: an answer or an error with a code, and nothing read outside of the
// bytes. To prove that, the same bytes are decoded in the middle of two buffers whose other bytes differ.

const samples = sampleRecords()
/** Most cases take these, since taking a body apart costs a hundred times as much as finding it. */
const uncompressed = samples.filter((bytes) => (bytes.readInt32BE(RECORD.sysFlag) & SYS_FLAG.compressed) === 0)
beforeAll(() => Promise.all(COMPRESSION_TYPES.map(loadCompression)))

/** Cases of one run of a property; a run has one seed. */
const CASES = 100

const MARGIN = 40

/** The bytes inside of larger ones full of `poison`. */
function surrounded(bytes: Buffer, poison: number): Buffer {
  const large = Buffer.alloc(bytes.length + 2 * MARGIN, poison)
  large.set(bytes, MARGIN)
  return large
}

/** Decodes them twice, which must give the same; `decode` gets the larger bytes and where its own begin and end. */
function twice(bytes: Buffer, decode: (large: Buffer, at: number, end: number) => unknown): unknown {
  const end = MARGIN + bytes.length
  const first = outcomeOf(() => decode(surrounded(bytes, 0x00), MARGIN, end))
  const second = outcomeOf(() => decode(surrounded(bytes, 0x7f), MARGIN, end))
  if (first !== second && !isDeepStrictEqual(first, second))
    throw new Error(`what lies around ${bytes.toString('hex')} was read`)
  return first
}

/** Cheaper than `expect`, a hundred thousand times. */
function holds(bytes: Buffer, condition: boolean): void {
  if (!condition) throw new Error(`not with ${bytes.toString('hex')}`)
}

/** Calls `check` with many damaged records for each of `runs` seeds. */
function withDamaged(runs: number, check: (bytes: Buffer) => void, from = samples): void {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const random = seededRandom(seed)
      for (let index = 0; index < CASES; index++) check(damagedRecords(from, random))
    }),
    { numRuns: runs },
  )
}

test('the samples have every form', () => {
  expect(samples.length).toBeGreaterThan(8)
})

test('a record is sound or not, whatever lies around it', () => {
  let sound = 0
  const parts = newRecordParts()
  const text = { topicAt: 0, topicEnd: 0, propertiesAt: 0 }
  withDamaged(500, (bytes) => {
    const size = twice(bytes, (large, at, end) => checkRecord(large, at, end - at, 'body')) as number
    const whole = twice(bytes, (large, at, end) => checkRecord(large, at, end - at, 'record'))
    const form = twice(bytes, (large, at, end) => checkRecord(large, at, end - at, 'none')) as number
    holds(bytes, size === form || size === NOT_A_RECORD.unreadable)
    // No sample has a checksum of its own.
    holds(bytes, whole === size)
    if (form <= 0) return
    sound++
    holds(bytes, locateRecord(bytes, 0, form, parts) === undefined)
    const { topicAt, topicEnd, propertiesAt, storeTimestampAt, bodyAt, bodyEnd } = parts
    holds(bytes, storeTimestampAt < bodyAt && bodyAt <= bodyEnd && bodyEnd < topicAt && topicAt <= topicEnd)
    holds(bytes, topicEnd < propertiesAt && propertiesAt <= form)
    locateText(bytes, 0, text)
    holds(bytes, text.topicAt === topicAt && text.topicEnd === topicEnd && text.propertiesAt === propertiesAt)
    holds(bytes, recordPropertiesAt(bytes, 0) === propertiesAt)
    holds(bytes, storeTimestampOf(bytes, 0) === readInt64(bytes, storeTimestampAt))
  })
  expect(sound).toBeGreaterThan(1000)
})

test('a pull reply is decoded or refused with a code', () => {
  let decoded = 0
  const decodeAll = (bytes: Buffer): void => {
    const whole = twice(bytes, (large, at, end) => decodeRecords(large.subarray(at, end), 'b'))
    if (Array.isArray(whole)) decoded++
  }
  withDamaged(15, decodeAll)
  withDamaged(150, decodeAll, uncompressed)
  expect(decoded).toBeGreaterThan(1000)
})

test('a single record is decoded exactly when it is found sound, its body apart', () => {
  const decodeFirst = (bytes: Buffer): void => {
    const isSound = checkRecord(bytes, 0, bytes.length, 'none') > 0
    const outcome = twice(bytes, (large, at, end) => decodeRecord(large.subarray(at, end), 0, 'b'))
    holds(bytes, isSound === (outcome !== 'RMQ_RECORD_CORRUPT'))
  }
  withDamaged(100, decodeFirst, uncompressed)
})

test('a batch is taken apart or refused', () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const random = seededRandom(seed)
      for (let index = 0; index < CASES; index++) {
        const bytes = random.below(2) === 0 ? noise(random) : damagedRecords(samples, random)
        const parts = decodeBatch(bytes)
        const inside = parts?.reduce((sum, { body, properties }) => sum + body.length + properties.length + 22, 0)
        holds(bytes, parts === undefined || inside === bytes.length)
      }
    }),
    { numRuns: 200 },
  )
})

test('one property is found as all of them are, and names that objects have are names like others', () => {
  const part = fc.constantFrom('a', 'b', 'toString', '__proto__', '\u0001', '\u0002', '', 'ab', '名')
  fc.assert(
    fc.property(fc.array(part, { maxLength: 14 }), (words) => {
      const text = words.join('')
      const all = decodeProperties(text)
      if (Object.getPrototypeOf(all) !== Object.prototype) throw new Error('it has another prototype')
      for (const name of ['a', 'b', 'ab', 'toString', '__proto__', '名']) {
        const value = Object.hasOwn(all, name) ? all[name] : undefined
        if (findProperty(text, name) !== value) expect([name, findProperty(text, name)]).toEqual([name, value])
      }
    }),
    { numRuns: 10_000 },
  )
})
