import { expect, test } from 'vitest'
import { decodeBatch, decodeProperties, decompressBody, type Message } from '../../message/index.ts'
import { checkSendableTopic, outgoingBatch, outgoingMessage } from './outgoing.ts'

const LIMITS = { compressOverBytes: 4096, compression: 'zlib' as const, maxMessageBytes: 10_000 }
const body = Buffer.from('hello')

function written(message: Partial<Message>): ReturnType<typeof outgoingMessage> {
  return outgoingMessage({ topic: 'T', body, ...message }, 'ID', 7, LIMITS)
}

function coded(code: string, text: string): unknown {
  return expect.objectContaining({ code, message: expect.stringContaining(text) })
}

test('a plain message carries its id and that the broker is to wait', () => {
  const sent = written({})
  expect(decodeProperties(sent.properties)).toEqual({ UNIQ_KEY: 'ID', WAIT: 'true' })
  expect(sent).toMatchObject({ topic: 'T', body, sysFlag: 0, flag: 0, bornTimestamp: 7, batch: false, messageId: 'ID' })
})

test('tag, keys, delay level, flag and own properties go where Java puts them', () => {
  const sent = written({
    tag: 'a',
    keys: ['k1', 'k2'],
    delayLevel: 3,
    flag: 9,
    waitStoreOk: false,
    properties: { x: 'ü' },
  })
  expect(decodeProperties(sent.properties)).toEqual({
    UNIQ_KEY: 'ID',
    WAIT: 'false',
    TAGS: 'a',
    KEYS: 'k1 k2',
    DELAY: '3',
    x: 'ü',
  })
  expect(sent.flag).toBe(9)
})

test('a sharding key travels as a property, and may not be empty or have a separator', () => {
  expect(decodeProperties(written({ shardingKey: '订单 7' }).properties)).toMatchObject({ __SHARDINGKEY: '订单 7' })
  for (const shardingKey of ['', 'a\u0001b', 'a\u0002b'])
    expect(() => written({ shardingKey })).toThrow(coded('RMQ_MESSAGE_ILLEGAL', 'shardingKey'))
})

test('a body from the threshold on is compressed, unless that makes it longer', () => {
  const sent = written({ body: Buffer.alloc(4096, 'z') })
  expect(sent.sysFlag).toBe(0x301)
  expect(decompressBody(sent.body, sent.sysFlag, 'ID')).toEqual(Buffer.alloc(4096, 'z'))
  expect(written({ body: Buffer.alloc(4095, 'z') }).sysFlag).toBe(0)
  const noise = Buffer.from(Array.from({ length: 5000 }, (_, at) => (at * 7919 * ((at % 251) + 1)) & 0xff))
  expect(written({ body: noise }).body.length).toBeLessThanOrEqual(noise.length)
})

test('a body that is no Buffer is taken as the bytes it shows', () => {
  const shared = new Uint8Array([0, 1, 2, 3])
  expect(written({ body: shared.subarray(1, 3) }).body).toEqual(Buffer.from([1, 2]))
})

test('what brokers would refuse is refused here, with the reason', () => {
  const illegal = (text: string): unknown => coded('RMQ_MESSAGE_ILLEGAL', text)
  expect(() => written({ body: Buffer.alloc(0) })).toThrow(illegal('empty'))
  expect(() => written({ body: 'text' as unknown as Buffer })).toThrow(illegal('not a Buffer'))
  expect(() => written({ properties: { TAGS: 'a' } })).toThrow(illegal('"TAGS" belongs to RocketMQ'))
  expect(() => written({ properties: { x: ' ' } })).toThrow(illegal('"x"'))
  expect(() => written({ properties: { x: 'a\u0001' } })).toThrow(illegal('separate'))
  expect(() => written({ keys: ['a b'] })).toThrow(illegal('"a b"'))
  expect(() => written({ delayLevel: -1 })).toThrow(illegal('-1'))
  expect(() => written({ body: Buffer.alloc(10_001) })).toThrow(coded('RMQ_MESSAGE_TOO_LARGE', '10001'))
  expect(() => written({ properties: { x: 'ü'.repeat(17_000) } })).toThrow(coded('RMQ_MESSAGE_TOO_LARGE', 'properties'))
})

test('topics of RocketMQ itself and names that are none are refused', () => {
  expect(() => checkSendableTopic('SCHEDULE_TOPIC_XXXX')).toThrow(coded('RMQ_TOPIC_NOT_SENDABLE', 'SCHEDULE'))
  expect(() => checkSendableTopic('a b')).toThrow(coded('RMQ_TOPIC_ILLEGAL', 'a b'))
  expect(() => checkSendableTopic(' ')).toThrow(coded('RMQ_TOPIC_ILLEGAL', ''))
  checkSendableTopic('%RETRY%group')
})

test('each message of a batch has its own id and properties', () => {
  let id = 0
  const sent = outgoingBatch(
    [
      { topic: 'T', body, tag: 'a' },
      { topic: 'T', body, keys: ['k'] },
    ],
    () => `ID${++id}`,
    7,
    LIMITS,
  )
  const parts = decodeBatch(sent.body)?.map((part) => decodeProperties(part.properties.toString()))
  expect(parts).toEqual([
    { UNIQ_KEY: 'ID1', WAIT: 'true', TAGS: 'a' },
    { UNIQ_KEY: 'ID2', WAIT: 'true', KEYS: 'k' },
  ])
  expect(sent).toMatchObject({ batch: true, messageId: 'ID1,ID2' })
  expect(decodeProperties(sent.properties)).toEqual({ WAIT: 'true' })
})

test('what cannot be in one batch is refused', () => {
  const batch = (...messages: Partial<Message>[]) => {
    const whole = messages.map((message) => ({ topic: 'T', body, ...message }))
    return () => outgoingBatch(whole, () => 'ID', 7, LIMITS)
  }
  const refused = (text: string): unknown => coded('RMQ_BATCH_ILLEGAL', text)
  expect(batch()).toThrow(refused('no message'))
  expect(batch({}, { topic: 'U' })).toThrow(refused('"U"'))
  expect(batch({ delayLevel: 1 })).toThrow(refused('delayed'))
  expect(batch({ topic: '%RETRY%g' })).toThrow(refused('retry'))
  expect(batch({}, { waitStoreOk: false })).toThrow(refused('waitStoreOk'))
  expect(batch({ body: Buffer.alloc(6000) }, { body: Buffer.alloc(6000) })).toThrow(
    coded('RMQ_MESSAGE_TOO_LARGE', 'batch'),
  )
})
