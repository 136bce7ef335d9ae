/** What a program sends. */
export interface Message {
  /** 1–127 characters of `%|a-zA-Z0-9_-`. */
  readonly topic: string
  /** At least one byte, at most the broker's `maxMessageSize` (4 MiB). */
  readonly body: Uint8Array
  /** One tag, for filtering. */
  readonly tag?: string | undefined
  /** Business keys, for finding the message again; no blanks inside. */
  readonly keys?: readonly string[] | undefined
  /**
   * Messages of one topic with the same sharding key go to the same queue, and so stay in order. Consumers see it as
   * the property `__SHARDINGKEY`.
   */
  readonly shardingKey?: string | undefined
  /** The user's own properties; names that RocketMQ uses itself are refused. */
  readonly properties?: Readonly<Record<string, string>> | undefined
  /** A number that RocketMQ carries and never looks at. Default 0. */
  readonly flag?: number | undefined
  /**
   * 1–18 of `1s 5s 10s 30s 1m … 2h`, or of the broker's own `messageDelayLevel`: the message is delivered that much
   * later. One above the highest counts as the highest. Default: at once.
   */
  readonly delayLevel?: number | undefined
  /** False: the broker answers without waiting for disk or replica, whatever its settings. Default true. */
  readonly waitStoreOk?: boolean | undefined
}

/** A message as a broker stored it and a consumer gets it. */
export interface ReceivedMessage {
  readonly topic: string
  /** As sent: decompressed. */
  readonly body: Buffer
  readonly tag: string | undefined
  readonly keys: readonly string[]
  /** All properties, the user's and RocketMQ's own (`TAGS`, `KEYS`, `UNIQ_KEY` …). */
  readonly properties: Readonly<Record<string, string>>
  readonly flag: number
  readonly sysFlag: number
  readonly brokerName: string
  readonly queueId: number
  /** Position in its queue. */
  readonly queueOffset: number
  /** Position in the broker's commit log. */
  readonly physicalOffset: number
  /** Producer's clock, epoch ms. */
  readonly bornTimestamp: number
  /** `ip:port` of the producer as the broker saw it. */
  readonly bornHost: string
  /** Broker's clock, epoch ms. */
  readonly storeTimestamp: number
  /** `ip:port` of the broker that stored it. */
  readonly storeHost: string
  /** How often it was given back before: 0 on the first delivery. */
  readonly reconsumeTimes: number
  /** Position of the half message of a committed transaction, else 0. */
  readonly preparedTransactionOffset: number
  /** The producer's unique id (`UNIQ_KEY`), or `offsetMessageId` when there is none. */
  readonly messageId: string
  /** Broker address and commit log position, hexadecimal; tools look messages up by it. */
  readonly offsetMessageId: string
}

/** One queue of a topic on one broker. */
export interface MessageQueue {
  readonly topic: string
  readonly brokerName: string
  readonly queueId: number
}

/** A text that is equal exactly for equal queues; for maps. */
export function queueKey(queue: MessageQueue): string {
  return `${queue.topic}@${queue.brokerName}@${queue.queueId}`
}

/** By topic, broker name, queue id: the order in which every consumer of a group must see them. */
export function compareQueues(left: MessageQueue, right: MessageQueue): number {
  return (
    compareText(left.topic, right.topic) ||
    compareText(left.brokerName, right.brokerName) ||
    left.queueId - right.queueId
  )
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}
