import { textOf } from '../../../base/errors/index.ts'
import type { Clock } from '../../../base/time/index.ts'
import { decodeRecord } from '../../../message/index.ts'
import type { DirectResult } from '../../connection/members.ts'
import { withOwnTopic } from '../push/records.ts'
import type { OrderlySettings } from './config.ts'
import type { OrderlyResult } from './listener.ts'

const CONSUME_RESULT: Readonly<Record<OrderlyResult, DirectResult['consumeResult']>> = {
  suspend: 'CR_LATER',
  'dead-letter': 'CR_LATER',
  commit: 'CR_COMMIT',
  rollback: 'CR_ROLLBACK',
}

/**
 * Hands one stored message to a listener that keeps order, outside of queues and offsets, and says what became of it.
 * Apache: `ConsumeMessageOrderlyService.consumeMessageDirectly` (5.3.3).
 */
export async function consumeDirectlyInOrder(
  record: Buffer,
  brokerName: string,
  { listen, autoCommit, suspendMs }: OrderlySettings,
  clock: Clock,
): Promise<DirectResult> {
  const startMs = clock.monotonicMs()
  const context = {
    queue: { topic: '', brokerName, queueId: 0 },
    signal: new AbortController().signal,
    autoCommit,
    suspendMs,
  }
  const result = (consumeResult: DirectResult['consumeResult'], remark?: string): DirectResult => {
    const spentTimeMills = Math.round(clock.monotonicMs() - startMs)
    return { order: true, autoCommit: context.autoCommit, consumeResult, remark, spentTimeMills }
  }
  try {
    const message = decodeRecord(record, 0, brokerName)
    const { topic, queueId } = message
    context.queue = { topic, brokerName, queueId }
    const said = await listen([withOwnTopic(message)], context)
    return result(said === undefined ? 'CR_SUCCESS' : CONSUME_RESULT[said])
  } catch (failure) {
    return result('CR_THROW_EXCEPTION', textOf(failure))
  }
}
