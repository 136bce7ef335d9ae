import { remotingErrors } from '../errors.ts'
import { parseJson } from './json.ts'

/** A queue as a JSON body names it. */
export interface WireQueue {
  readonly topic: string
  readonly brokerName: string
  readonly queueId: number
}

/**
 * Writes a map whose keys are queues, as Java does: `{{"brokerName":"b","queueId":0,"topic":"t"}:5}`. That is not JSON,
 * and it is what every known reader understands.
 */
export function queueMapText<Entry extends WireQueue>(
  entries: readonly Entry[],
  valueFor: (entry: Entry) => unknown,
): string {
  const parts = entries.map((entry) => {
    const { brokerName, queueId, topic } = entry
    return `${JSON.stringify({ brokerName, queueId, topic })}:${JSON.stringify(valueFor(entry))}`
  })
  return `{${parts.join(',')}}`
}

/**
 * Reads the member `name` of a body: a map from queues to numbers, or the list form that some brokers send.
 * @throws RMQ_BODY_MALFORMED
 */
export function readQueueNumbers(body: Buffer, name: string): (WireQueue & { readonly offset: number })[] {
  const parsed = parseJson(body, name) as Record<string, unknown> | null
  const member = parsed?.[name] ?? {}
  if (Array.isArray(member))
    return member.map((one: unknown) => queueOffset(one, (one as { offset?: unknown }).offset, name))
  return Object.entries(member as object).map(([key, value]) =>
    queueOffset(parseJson(Buffer.from(key), name), value, name),
  )
}

function queueOffset(queue: unknown, offset: unknown, what: string): WireQueue & { readonly offset: number } {
  const { topic, brokerName, queueId } = (queue ?? {}) as Partial<WireQueue>
  if (topic === undefined || brokerName === undefined || queueId === undefined || typeof offset !== 'number') {
    throw remotingErrors.RMQ_BODY_MALFORMED({ what, reason: 'an entry has no queue or no offset' })
  }
  return { topic, brokerName, queueId, offset }
}
