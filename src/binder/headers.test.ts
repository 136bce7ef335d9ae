import { expect, test } from 'vitest'
import type { LogFields, Logger } from '../base/log/index.ts'
import { silentLogger } from '../base/log/index.ts'
import { MessageBuilder } from '../framework/index.ts'
import type { ReceivedMessage } from '../message/index.ts'
import { inboundHeaders } from './inbound-headers.ts'
import { OutboundMapper } from './outbound-message.ts'

const message = (headers: Record<string, unknown>) =>
  MessageBuilder.withPayload(Buffer.from('body')).copyHeaders(headers).build()
const map = (headers: Record<string, unknown>, logger: Logger = silentLogger) =>
  new OutboundMapper('T', logger).map(message(headers))

test.each([
  ['the names a program sets', { TAGS: 't', KEYS: 'k1 k2', DELAY: '3', MQ_FLAG: 7, WAIT: 'false' }],
  [
    'the names of the second generation',
    { ROCKET_TAGS: 't', ROCKET_KEYS: 'k1 k2', ROCKET_DELAY: 3, ROCKET_MQ_FLAG: '7', WAIT: false },
  ],
])('tags, keys, delay, flag and wait go to their fields: %s', (_, headers) => {
  expect(map(headers)).toEqual({
    topic: 'T',
    body: Buffer.from('body'),
    tag: 't',
    keys: ['k1', 'k2'],
    delayLevel: 3,
    flag: 7,
    waitStoreOk: false,
    properties: {},
  })
})

test('other headers become properties, objects as JSON; blank ones and transport facts do not travel', () => {
  const { properties } = map({
    mag: 6.5,
    on: true,
    deep: { a: 1 },
    blank: ' ',
    ROCKET_MQ_TOPIC: 'stale',
    rocketmq_TOPIC: 'stale',
  })
  expect(properties).toEqual({ mag: '6.5', on: 'true', deep: '{"a":1}' })
})

test('a name that is RocketMQ’s own is not sent, and said once', () => {
  const lines: [string, LogFields | undefined][] = []
  const note = (text: string, fields?: LogFields) => void lines.push([text, fields])
  const logger: Logger = { debug: note, info: note, warn: note, error: note, child: () => logger }
  const mapper = new OutboundMapper('T', logger)
  for (let round = 0; round < 2; round++) expect(mapper.map(message({ UNIQ_KEY: 'mine' })).properties).toEqual({})
  expect(lines).toEqual([["header UNIQ_KEY is RocketMQ's own name and is not sent", { topic: 'T' }]])
})

test.each([
  ['DELAY', 'soon'],
  ['DELAY', -1],
  ['MQ_FLAG', 1.5],
])('%s=%s is refused by name', (header, value) => {
  expect(() => map({ [header]: value })).toThrow(expect.objectContaining({ code: 'RMQ_HEADER_ILLEGAL' }))
})

test('a value that would break the properties apart is refused', () => {
  expect(() => map({ note: 'a\u0002b' })).toThrow('Header note is')
})

test('a received message shows its facts under both spellings, and they win over forwarded ones', () => {
  const received: ReceivedMessage = {
    topic: 'T',
    body: Buffer.from('b'),
    tag: 'true-tag',
    keys: ['k'],
    properties: {
      TAGS: 'true-tag',
      KEYS: 'k',
      mag: '6',
      ROCKET_TAGS: 'stale',
      contentType: 'text/plain',
      id: 'x',
      UNIQ_KEY: 'U',
    },
    flag: 1,
    sysFlag: 0,
    brokerName: 'b',
    queueId: 2,
    queueOffset: 3,
    physicalOffset: 4,
    bornTimestamp: 5,
    bornHost: '127.0.0.1:1',
    storeTimestamp: 6,
    storeHost: '127.0.0.1:2',
    reconsumeTimes: 7,
    preparedTransactionOffset: 0,
    messageId: 'U',
    offsetMessageId: 'O',
  }
  expect(inboundHeaders(received)).toEqual({
    mag: '6',
    contentType: 'text/plain',
    id: 'U',
    timestamp: 5,
    ROCKET_TAGS: 'true-tag',
    rocketmq_TAGS: 'true-tag',
    ROCKET_KEYS: 'k',
    rocketmq_KEYS: 'k',
    ROCKET_MQ_TOPIC: 'T',
    rocketmq_TOPIC: 'T',
    ROCKET_MQ_MESSAGE_ID: 'U',
    rocketmq_MESSAGE_ID: 'U',
    ROCKET_MQ_BORN_TIMESTAMP: 5,
    rocketmq_BORN_TIMESTAMP: 5,
    ROCKET_MQ_BORN_HOST: '127.0.0.1:1',
    rocketmq_BORN_HOST: '127.0.0.1:1',
    ROCKET_MQ_FLAG: 1,
    rocketmq_FLAG: 1,
    ROCKET_MQ_QUEUE_ID: 2,
    rocketmq_QUEUE_ID: 2,
    ROCKET_MQ_SYS_FLAG: 0,
    rocketmq_SYS_FLAG: 0,
    ROCKET_RECONSUME_TIMES: 7,
    rocketmq_RECONSUME_TIMES: 7,
    ROCKET_MQ_QUEUE_OFFSET: 3,
    ROCKET_MQ_BROKER_NAME: 'b',
    ROCKET_MQ_STORE_TIMESTAMP: 6,
  })
})
