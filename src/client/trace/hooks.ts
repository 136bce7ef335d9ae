import type { Clock } from '../../base/time/index.ts'
import { findProperty, PROPERTY, type ReceivedMessage } from '../../message/index.ts'
import type { ConsumeHook } from '../consumer/consume-hook.ts'
import type { Outgoing } from '../producer/outgoing.ts'
import type { SendHook } from '../producer/send-hook.ts'
import type { TraceDispatcher } from './trace-dispatcher.ts'
import type { TracedType } from './trace-record.ts'

const DEFAULT_REGION = 'DefaultRegion'
/** When a message is due; written by clients of Alibaba's cloud. */
const DELIVER_AT = '__STARTDELIVERTIME'

/**
 * Traces what the producers of a group send. Apache: `SendMessageTraceHookImpl`, `EndTransactionTraceHookImpl` (5.3.3).
 */
export function sendTrace(dispatcher: TraceDispatcher, group: string, clock: Clock): SendHook {
  return {
    sent(sent, { status, messageId, offsetMessageId, regionId, traceOn }, storeHost, ms) {
      const { topic, properties, body } = sent
      if (!traceOn || !dispatcher.traces(topic)) return
      const record = {
        type: 'Pub' as const,
        timestamp: Math.round(clock.now() - ms),
        regionId,
        group,
        topic,
        messageId,
        tag: findProperty(properties, PROPERTY.tags),
        keys: findProperty(properties, PROPERTY.keys),
        storeHost,
        bodyBytes: body.length,
        ms: Math.floor(ms),
        messageType: typeOf(sent),
        offsetMessageId,
        success: status === 'SEND_OK',
      }
      dispatcher.add(topic, [record])
    },
    transactionEnded({ topic, regionId, ...ended }) {
      if (!dispatcher.traces(topic)) return
      const messageType = 'transaction-commit' as const
      const timestamp = clock.now()
      const region = regionId || DEFAULT_REGION
      dispatcher.add(topic, [
        { ...ended, type: 'EndTransaction', timestamp, regionId: region, group, topic, messageType },
      ])
    },
    close: () => dispatcher.flush(),
  }
}

/** Traces what the listener of a group gets. Apache: `ConsumeMessageTraceHookImpl` (5.3.3). */
export function consumeTrace(
  dispatcher: TraceDispatcher,
  group: string,
  clock: Clock,
  nextId: () => string,
): ConsumeHook {
  return {
    before(messages) {
      const traced = messages.filter(({ properties }) => properties[PROPERTY.traceOn] !== 'false')
      const [first] = traced
      if (first === undefined || !dispatcher.traces(first.topic)) return undefined
      const regionId = traced.at(-1)?.properties[PROPERTY.messageRegion] ?? DEFAULT_REGION
      const requestId = nextId()
      const timestamp = clock.now()
      const before = traced.map((message) => {
        const { messageId, reconsumeTimes } = message
        const keys = keysOf(message)
        return { type: 'SubBefore' as const, timestamp, regionId, group, requestId, messageId, reconsumeTimes, keys }
      })
      dispatcher.add(first.topic, before)
      return (outcome, totalMs) => {
        const ms = Math.floor(totalMs / messages.length)
        const success = outcome === 'success' || outcome === 'timeout'
        const after = traced.map((message) => {
          const { messageId } = message
          const keys = keysOf(message)
          return {
            type: 'SubAfter' as const,
            timestamp: clock.now(),
            requestId,
            messageId,
            ms,
            success,
            keys,
            outcome,
            group,
          }
        })
        dispatcher.add(first.topic, after)
      }
    },
    close: () => dispatcher.flush(),
  }
}

function typeOf({ properties }: Outgoing): TracedType {
  const isDelayed =
    findProperty(properties, PROPERTY.delayLevel) !== undefined || findProperty(properties, DELIVER_AT) !== undefined
  if (isDelayed) return 'delay'
  return findProperty(properties, PROPERTY.transactionPrepared) === 'true' ? 'transaction-half' : 'normal'
}

function keysOf({ properties }: ReceivedMessage): string | undefined {
  return properties[PROPERTY.keys]
}
