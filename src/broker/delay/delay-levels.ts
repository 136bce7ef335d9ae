import { PROPERTY, propertyEntry, SYSTEM_TOPIC } from '../../message/index.ts'
import { parseDelayLevels } from '../../store/index.ts'

/**
 * The table of delay levels, `1s 5s 10s … 2h` unless `messageDelayLevel` says otherwise.
 * Apache: `ScheduleMessageService.parseDelayLevel` (5.3.3).
 */
export interface DelayLevels {
  /** Highest level; higher ones count as this one. */
  readonly max: number
  /** Milliseconds of a level, 1 up to `max`. */
  delayMs(level: number): number
}

/**
 * Reads the delays of level 1, 2, ….
 * @throws RMQ_STORE_DELAY_LEVELS
 */
export function delayLevels(text: string): DelayLevels {
  const delaysMs = parseDelayLevels(text)
  return { max: delaysMs.length, delayMs: (level) => delaysMs[level - 1] ?? 0 }
}

/** Where a delayed message waits. */
export const DELAY_TOPIC = SYSTEM_TOPIC.schedule

/** The queue of {@link DELAY_TOPIC} in which messages of a level wait. */
export function delayQueueOf(level: number): number {
  return level - 1
}

/**
 * What a message gets that has to wait: where it belongs, and the level if the asked one is too high.
 * Apache: `HookUtils.handleScheduleMessage` (5.3.3).
 */
export function delayProperties(asked: number, level: number, topic: string, queueId: number): string {
  return (
    (asked === level ? '' : propertyEntry(PROPERTY.delayLevel, String(level))) +
    propertyEntry(PROPERTY.realTopic, topic) +
    propertyEntry(PROPERTY.realQueueId, String(queueId))
  )
}
