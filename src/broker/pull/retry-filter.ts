// Hot path: asked about every record of a retry topic that a pull with SQL looks at.
import { type RecordFilter, RecordProperties } from '../../filter/index.ts'
import { PROPERTY } from '../../message/index.ts'
import type { ConsumerFilters } from '../subscriptions/consumer-filters.ts'

/**
 * Judges messages that a group gave back by its filter for the topic that they were sent to; without one they are
 * wanted. Apache: `ExpressionForRetryMessageFilter` (5.3.3).
 */
export function retryFilter(filters: ConsumerFilters, group: string): RecordFilter {
  const origin = new RecordProperties([PROPERTY.retryTopic])
  return (bytes, at, size) => {
    const [topic] = origin.read(bytes, at, size)
    const filter = topic === undefined ? undefined : filters.get(topic, group)?.filter
    return filter === undefined || filter.matchesRecord(bytes, at, size)
  }
}
