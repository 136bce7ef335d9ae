import { expect, test } from 'vitest'
import { encodeRecord, hostBytes, recordBytes, roomOf, SYS_FLAG } from '../message/index.ts'
import { RecordProperties } from './record-properties.ts'

/** A record with these properties as they are, and hosts of either kind. */
function recordWith(properties: string, isV6: boolean, topic = 'T'): Buffer {
  const host = isV6 ? hostBytes('::1', 1) : hostBytes('127.0.0.1', 1)
  const [body, topicBytes] = [Buffer.from('a\u0001body\u0002'), Buffer.from(topic)]
  const size = recordBytes(body.length, topicBytes.length, Buffer.byteLength(properties), host.length, host.length)
  const bytes = Buffer.alloc(size)
  const content = {
    queueId: 0,
    flag: 0,
    bornTimestamp: 0,
    bornHost: host,
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
  }
  const sysFlag = isV6 ? SYS_FLAG.bornHostV6 | SYS_FLAG.storeHostV6 : 0
  const place = { queueOffset: 0, physicalOffset: 0, storeTimestamp: 0, storeHost: host }
  encodeRecord(roomOf(bytes), 0, size, { ...content, sysFlag, body, properties }, topicBytes, place)
  return bytes
}

test.each([
  ['a\u00017\u0002b\u0001x y\u0002', ['7', 'x y']],
  ['b\u0001last, without its end', [undefined, 'last, without its end']],
  ['a\u00011\u0002a\u00012\u0002', ['2', undefined]],
  ['a\u0001\u0002b\u0001ü\u0001ü\u0002', [undefined, 'ü\u0001ü']],
  ['\u0001a\u0002ab\u0001no\u0002A\u0001no\u0002', [undefined, undefined]],
  ['', [undefined, undefined]],
])('of %j the values of a and b are %j', (properties, expected) => {
  const record = new RecordProperties(['a', 'b'])
  for (const bytes of [
    recordWith(properties, false),
    recordWith(properties, true),
    recordWith(properties, false, 'x'.repeat(200)),
  ]) {
    expect(record.read(bytes, 0, bytes.length)).toEqual(expected)
  }
})
