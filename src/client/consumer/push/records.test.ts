import { expect, test } from 'vitest'
import { compressBody, encodeBatch, MAGIC, RECORD, SYS_FLAG } from '../../../message/index.ts'
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

test('a record that holds a batch gives its messages, each with its own offset, tag and id', () => {
  const batch = encodeBatch([
    { body: Buffer.from('one'), flag: 1, properties: { TAGS: 'a', UNIQ_KEY: 'ID1' } },
    { body: Buffer.from('two'), flag: 2, properties: { TAGS: 'b', UNIQ_KEY: 'ID2', KEYS: 'k l' } },
  ])
  const flags = SYS_FLAG.needUnwrap | SYS_FLAG.innerBatch
  const stored = record('T', batch, flags, 'INNER_NUM\u00012\u0002INNER_BASE\u00010\u0002')
  stored.writeInt32BE(7, RECORD.queueOffset + 4)
  for (const bytes of [stored, Buffer.concat([unreadable, stored])]) {
    const pulled = pulledMessages(bytes, 'b', 'T', undefined).slice(-2)
    expect(pulled.map(({ message }) => message)).toMatchObject([
      { messageId: 'ID1', tag: 'a', flag: 1, queueOffset: 7, sysFlag: SYS_FLAG.innerBatch },
      { messageId: 'ID2', tag: 'b', flag: 2, queueOffset: 8, keys: ['k', 'l'] },
    ])
    expect(pulled.map(({ message }) => message.body.toString())).toEqual(['one', 'two'])
  }
  expect(pulledMessages(stored, 'b', 'T', new Set(['b'])).map(({ message }) => message.messageId)).toEqual(['ID2'])
  const broken = record('T', batch.subarray(1), flags, '')
  expect(() => pulledMessages(broken, 'b', 'T', undefined)).toThrow('the batch inside it is not well formed')
})
