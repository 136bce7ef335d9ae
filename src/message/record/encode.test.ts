import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { writeAgain } from '../../../test/kit/record-again.ts'
import { readInt64 } from '../../base/bytes/index.ts'
import { decodeRecord } from './decode.ts'
import { encodeRecord, recordBytes, roomOf } from './encode.ts'
import { RECORD } from './layout.ts'

interface Recorded {
  readonly records: readonly { readonly name: string; readonly hex: string }[]
}
const golden = JSON.parse(
  readFileSync(new URL('../../../test/golden/records.json', import.meta.url), 'utf8'),
) as Recorded

test.each(golden.records.map(({ name, hex }) => [name, hex]))(
  'a record of Apache’s broker is written again byte for byte (%s)',
  (_, hex) => {
    expect(writeAgain(Buffer.from(hex, 'hex'), 0).toString('hex')).toBe(hex)
  },
)

test('what is written is read again', () => {
  const host = fc.oneof(fc.uint8Array({ minLength: 8, maxLength: 8 }), fc.uint8Array({ minLength: 20, maxLength: 20 }))
  const int = fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff })
  const offset = fc.integer({ min: 0, max: 2 ** 53 - 1 })
  fc.assert(
    fc.property(
      fc.record({
        body: fc.uint8Array({ maxLength: 300 }),
        topic: fc.stringMatching(/^[a-z]{1,200}$/),
        born: host,
        store: host,
      }),
      fc.record({
        queueId: int,
        flag: int,
        reconsumeTimes: int,
        physicalOffset: offset,
        queueOffset: offset,
        time: offset,
      }),
      fc.string({ unit: 'grapheme', maxLength: 100 }),
      (parts, numbers, value) => {
        const properties = `k\u0001${value.replaceAll('\u0002', '')}\u0002`
        const [body, topic] = [Buffer.from(parts.body), Buffer.from(parts.topic)]
        const [bornHost, storeHost] = [Buffer.from(parts.born), Buffer.from(parts.store)]
        const size = recordBytes(
          body.length,
          topic.length,
          Buffer.byteLength(properties),
          bornHost.length,
          storeHost.length,
        )
        const into = Buffer.alloc(size)
        const { queueId, flag, reconsumeTimes, physicalOffset, queueOffset, time } = numbers
        const content = { queueId, flag, sysFlag: 0, bornTimestamp: time, bornHost, reconsumeTimes, body, properties }
        const place = { queueOffset, physicalOffset, storeTimestamp: time, storeHost }
        encodeRecord(roomOf(into), 0, size, { ...content, preparedTransactionOffset: physicalOffset }, topic, place)
        const decoded = decodeRecord(into, 0, 'b')
        expect(decoded).toMatchObject({
          queueId,
          flag,
          reconsumeTimes,
          physicalOffset,
          queueOffset,
          topic: parts.topic,
        })
        expect(decoded).toMatchObject({
          bornTimestamp: time,
          storeTimestamp: time,
          preparedTransactionOffset: physicalOffset,
        })
        expect(decoded.body.equals(body)).toBe(true)
        expect(readInt64(into, RECORD.physicalOffset)).toBe(physicalOffset)
      },
    ),
  )
})
