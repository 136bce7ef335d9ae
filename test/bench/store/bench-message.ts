import { hostBytes } from '../../../src/message/index.ts'
import type { AppendMessage } from '../../../src/store/index.ts'

/** A message as a producer's broker gives it to the store, whose sender waits for the disk. */
export function benchMessage(
  queueId: number,
  body: Buffer,
  properties: string | Buffer,
  topic = 'BenchmarkTest',
): AppendMessage {
  return {
    topic,
    queueId,
    flag: 0,
    sysFlag: 0,
    bornTimestamp: 1_700_000_000_000,
    bornHost: hostBytes('127.0.0.1', 50_000),
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
    body,
    properties,
    waitStoreOk: true,
  }
}
