import { SYSTEM_TOPIC } from '../../message/index.ts'
import { checkSendableTopic } from '../producer/outgoing.ts'

/** How messages are traced. */
export interface TraceOptions {
  /** Where the traces go. Default `RMQ_SYS_TRACE_TOPIC`, which brokers with `traceTopicEnable=true` have. */
  readonly topic?: string | undefined
  /**
   * True: nothing is traced as long as the topic does not exist, and nothing is said about it. False, the default: the
   * first trace creates it where brokers allow that, and otherwise a warning is logged.
   */
  readonly whenTopicExists?: boolean | undefined
}

/** The options with their defaults. */
export interface TraceSettings {
  readonly topic: string
  readonly whenTopicExists: boolean
}

/**
 * The settings, `undefined` for no traces.
 * @throws RMQ_TOPIC_ILLEGAL, RMQ_TOPIC_NOT_SENDABLE
 */
export function traceSettings(given: boolean | TraceOptions | undefined): TraceSettings | undefined {
  if (given === undefined || given === false) return undefined
  const { topic = SYSTEM_TOPIC.trace, whenTopicExists = false } = given === true ? {} : given
  checkSendableTopic(topic)
  return { topic, whenTopicExists }
}
