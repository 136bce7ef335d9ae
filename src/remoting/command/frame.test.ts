import { PassThrough } from 'node:stream'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Connection } from '../../base/network/index.ts'
import type { Command } from './command.ts'
import { decodeFrame } from './decode.ts'
import { replyHeader } from './encode.ts'
import { FrameReader } from './frame-reader.ts'
import { FrameWriter } from './frame-writer.ts'

const bytesOf = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex')

// Captured from Apache 5.3.3: request 105, version 479, opaque 0, remark "hi", field topic=T1.
const BINARY_FRAME = bytesOf(
  '00000028 01000024 0069 00 01DF 00000000 00000000 00000002 6869 0000000D 0005 746F706963 00000002 5431',
)

test('a frame with the binary header that Apache writes is read', () => {
  expect(decodeFrame(BINARY_FRAME, 0, BINARY_FRAME.length)).toEqual({
    code: 105,
    language: 'JAVA',
    version: 479,
    opaque: 0,
    flag: 0,
    remark: 'hi',
    fields: { topic: 'T1' },
    body: Buffer.alloc(0),
  })
})

test('numbers and booleans among the fields of a JSON header are read as texts', () => {
  const header = Buffer.from(
    '{"code":34,"opaque":7,"flag":2,"language":5,"extFields":{"a":1,"b":true,"c":null,"d":"x"}}',
  )
  const frame = Buffer.alloc(8 + header.length)
  frame.writeInt32BE(4 + header.length, 0)
  frame.writeInt32BE(header.length, 4)
  header.copy(frame, 8)
  const command = decodeFrame(frame, 0, frame.length)
  expect(command).toMatchObject({ code: 34, opaque: 7, flag: 2, language: 'ERLANG' })
  expect({ ...command.fields }).toEqual({ a: '1', b: 'true', c: undefined, d: 'x' })
})

function written(frames: readonly { header: string; body: readonly Buffer[] }[]): Promise<Buffer> {
  const stream = new PassThrough({ highWaterMark: 1 << 30 })
  const writer = new FrameWriter(stream as Connection)
  for (const { header, body } of frames) writer.write(header, body)
  writer.flush()
  stream.end()
  return stream.toArray().then((pieces) => Buffer.concat(pieces as Buffer[]))
}

test('frames survive any cutting of the byte stream', async () => {
  const frame = fc.record({
    opaque: fc.nat(),
    remark: fc.string({ unit: 'binary' }),
    bodyBytes: fc.constantFrom(0, 1, 100, 16_384, 16_385, 70_000),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(frame, { minLength: 1, maxLength: 6 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 90_000 })),
      async (frames, cuts) => {
        const sent = frames.map(({ opaque, remark, bodyBytes }, index) => ({
          header: replyHeader(index, opaque, '"a":"b"', remark),
          body: bodyBytes === 0 ? [] : [Buffer.alloc(bodyBytes, index + 1)],
        }))
        const stream = await written(sent)
        const received: Command[] = []
        const reader = new FrameReader(1 << 24, (command) => received.push(command))
        for (let at = 0; at < stream.length; ) {
          const cut = cuts.next().value as number
          reader.push(stream.subarray(at, at + cut))
          at += cut
        }
        expect(
          received.map(({ code, opaque, remark, body }) => ({
            code,
            opaque,
            remark,
            bytes: body.length,
            first: body[0],
          })),
        ).toEqual(
          frames.map(({ opaque, remark, bodyBytes }, index) => ({
            code: index,
            opaque,
            remark,
            bytes: bodyBytes,
            first: bodyBytes === 0 ? undefined : index + 1,
          })),
        )
      },
    ),
    { numRuns: 60 },
  )
})

test('noise is refused with a code of ours and never read outside', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 4, maxLength: 200 }), fc.boolean(), (noise, plausible) => {
      const bytes = Buffer.from(noise)
      if (plausible) bytes.writeInt32BE(bytes.length - 4, 0)
      const reader = new FrameReader(1 << 20, () => undefined)
      try {
        reader.push(bytes)
      } catch (failure) {
        expect(failure).toHaveProperty('code', expect.stringMatching(/^RMQ_FRAME_(MALFORMED|TOO_LARGE)$/))
      }
    }),
    { numRuns: 3000 },
  )
})

test.each([
  ['TLS', '16030100', 'RMQ_FRAME_MALFORMED', 'it speaks TLS'],
  ['HTTP', Buffer.from('GET / HTTP/1.1').toString('hex'), 'RMQ_FRAME_MALFORMED', 'it speaks HTTP'],
  ['a frame over the limit', '01000001', 'RMQ_FRAME_TOO_LARGE', 'frameBytesMax (16777216)'],
  ['a negative length', 'ffffffff', 'RMQ_FRAME_MALFORMED', 'a frame length of -1'],
])('%s is refused by name', (_, hex, code, text) => {
  const reader = new FrameReader(16_777_216, () => undefined)
  expect(() => reader.push(bytesOf(hex))).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(text) }),
  )
})
