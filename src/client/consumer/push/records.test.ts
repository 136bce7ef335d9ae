import { expect, test } from 'vitest'
import { compressBody, MAGIC, RECORD, SYS_FLAG } from '../../../message/index.ts'
import { pulledMessages } from './records.ts'

/** A stored record, as `RECORD` lays it out. */
function record(topic: string, body: Buffer, sysFlag: number, properties: string): Buffer {
  const bodyEnd = RECORD.body + body.length
  const bytes = Buffer.alloc(bodyEnd + 1 + topic.length + 2 + properties.length)
  bytes.writeInt32BE(bytes.length, RECORD.totalSize)
  bytes.writeInt32BE(MAGIC.v1, RECORD.magic)
  bytes.writeInt32BE(sysFlag, RECORD.sysFlag)
  bytes.writeInt32BE(body.length, RECORD.bodyLength)
  body.copy(bytes, RECORD.body)
  bytes.writeInt8(topic.length, bodyEnd)
  bytes.write(topic, bodyEnd + 1)
  bytes.writeInt16BE(properties.length, bodyEnd + 1 + topic.length)
  bytes.write(properties, bodyEnd + 3 + topic.length)
  return bytes
}

const plain = record('T', Buffer.from('plain'), 0, 'TAGS\u0001a\u0002')
const compressed = record('T', compressBody(Buffer.from('zlib')), SYS_FLAG.compressed, 'TAGS\u0001b\u0002')
const unreadable = record('T', Buffer.from('??'), SYS_FLAG.compressed | SYS_FLAG.compressionLz4, 'TAGS\u0001a\u0002')

test('a message is wanted only if its tag itself is, not one with the same hash', () => {
  const bodies = (tags: ReadonlySet<string> | undefined): string[] =>
    pulledMessages(Buffer.concat([plain, compressed]), 'b', 'T', tags).map((one) => one.message.body.toString())
  expect(bodies(undefined)).toEqual(['plain', 'zlib'])
  expect(bodies(new Set(['b']))).toEqual(['zlib'])
  expect(bodies(new Set(['c']))).toEqual([])
})

test('a body that cannot be decompressed is marked, and those around it are read', () => {
  const pulled = pulledMessages(Buffer.concat([plain, unreadable, compressed]), 'b', 'T', undefined)
  expect(pulled.map((one) => one.message.body.toString())).toEqual(['plain', '??', 'zlib'])
  expect(pulled.map((one) => one.unreadable)).toEqual([
    undefined,
    expect.objectContaining({ code: 'RMQ_BODY_UNREADABLE' }),
    undefined,
  ])
})

test('a message from the retry topic has the topic it was first sent to', () => {
  const back = record('%RETRY%g', Buffer.from('x'), 0, 'RETRY_TOPIC\u0001Orders\u0002')
  expect(pulledMessages(back, 'b', '%RETRY%g', undefined)[0]?.message.topic).toBe('Orders')
  expect(pulledMessages(back, 'b', 'T', undefined)[0]?.message.topic).toBe('%RETRY%g')
})

test('a damaged record is an error', () => {
  const damaged = Buffer.from(plain)
  damaged.writeInt32BE(7, RECORD.magic)
  expect(() => pulledMessages(damaged, 'b', 'T', undefined)).toThrow(
    expect.objectContaining({ code: 'RMQ_RECORD_CORRUPT' }),
  )
})
