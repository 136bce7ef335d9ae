import { textOf } from '../../../base/errors/index.ts'
import type { Clock } from '../../../base/time/index.ts'
import { decodeRecord } from '../../../message/index.ts'
import type { DirectResult } from '../../connection/members.ts'
import type { BatchListener } from '../listener.ts'
import { withOwnTopic } from './records.ts'

/**
 * Hands one stored message to the listener, outside of queues and offsets, and says what became of it. Apache:
 * `ConsumeMessageConcurrentlyService.consumeMessageDirectly`.
 */
export async function consumeDirectly(
  record: Buffer,
  brokerName: string,
  listen: BatchListener,
  clock: Clock,
): Promise<DirectResult> {
  const startMs = clock.monotonicMs()
  const spent = (): number => Math.round(clock.monotonicMs() - startMs)
  let given = false
  try {
    const message = decodeRecord(record, 0, brokerName)
    const { topic, queueId } = message
    const context = {
      queue: { topic, brokerName, queueId },
      signal: new AbortController().signal,
      delayLevelWhenNextConsume: 0,
      ackIndex: 0,
      giveBack: () => {
        given = true
      },
    }
    await listen([withOwnTopic(message)], context)
    // A listener of batches may say so without failing.
    if (given || context.ackIndex < 0) return { consumeResult: 'CR_LATER', remark: undefined, spentTimeMills: spent() }
    return { consumeResult: 'CR_SUCCESS', remark: undefined, spentTimeMills: spent() }
  } catch (failure) {
    return { consumeResult: 'CR_THROW_EXCEPTION', remark: textOf(failure), spentTimeMills: spent() }
  }
}
