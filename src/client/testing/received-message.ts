import type { ReceivedMessage } from '../../message/index.ts'

/** A received message for tests: plausible values, `changes` over them. */
export function receivedMessage(changes: Partial<ReceivedMessage> = {}): ReceivedMessage {
  return {
    topic: 'T',
    body: Buffer.from('body'),
    tag: undefined,
    keys: [],
    properties: {},
    flag: 0,
    sysFlag: 0,
    brokerName: 'b',
    queueId: 0,
    queueOffset: 0,
    physicalOffset: 0,
    bornTimestamp: 0,
    bornHost: '127.0.0.1:1',
    storeTimestamp: 0,
    storeHost: '127.0.0.1:2',
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
    messageId: `id-${changes.queueOffset ?? 0}`,
    offsetMessageId: 'offset-id',
    ...changes,
  }
}
