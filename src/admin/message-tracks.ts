import { codeOf, RocketMQError, textOf } from '../base/errors/index.ts'
import type { ReceivedMessage } from '../message/index.ts'
import { type ConsumerConnections, RESPONSE_CODE } from '../remoting/index.ts'
import type { ClusterOperations } from './cluster.ts'
import type { GroupOperations } from './groups.ts'
import type { TopicOperations } from './topics.ts'

/** What became of a message in a group. Apache: `TrackType`. */
export type TrackType =
  | 'CONSUMED'
  | 'CONSUMED_BUT_FILTERED'
  | 'PULL'
  | 'NOT_CONSUME_YET'
  | 'NOT_ONLINE'
  | 'CONSUME_BROADCASTING'
  | 'UNKNOWN'

/** A group that reads a message's topic, and what became of the message there. Apache: `MessageTrack`. */
export interface MessageTrack {
  readonly consumerGroup: string
  readonly trackType: TrackType
  /** Why no more is known. */
  readonly exceptionDesc: string | undefined
}

/** Finds out what became of a message in each group that reads its topic. */
export type MessageTracks = (message: ReceivedMessage) => Promise<readonly MessageTrack[]>

/** Asks the groups one by one. Apache: `DefaultMQAdminExtImpl.messageTrackDetail`, `consumed` (5.3.3). */
export function messageTracks(
  cluster: ClusterOperations,
  topics: TopicOperations,
  groups: GroupOperations,
): MessageTracks {
  const isConsumed = async ({ topic, queueId, queueOffset, storeHost }: ReceivedMessage, group: string) => {
    const { queues } = await groups.progress(group)
    const { brokerAddrTable } = await cluster.info()
    return queues.some(
      (queue) =>
        queue.topic === topic &&
        queue.queueId === queueId &&
        brokerAddrTable[queue.brokerName]?.brokerAddrs['0'] === storeHost &&
        queue.consumerOffset > queueOffset,
    )
  }
  const typeIn = async (message: ReceivedMessage, group: string): Promise<TrackType> => {
    const online = await groups.connections(group)
    if (online.consumeType === 'CONSUME_ACTIVELY') return 'PULL'
    if (online.consumeType !== 'CONSUME_PASSIVELY') return 'UNKNOWN'
    if (online.messageModel === 'BROADCASTING') return 'CONSUME_BROADCASTING'
    if (!(await isConsumed(message, group))) return 'NOT_CONSUME_YET'
    return isWanted(message, online) ? 'CONSUMED' : 'CONSUMED_BUT_FILTERED'
  }
  return async (message) => {
    const tracks: MessageTrack[] = []
    for (const consumerGroup of await topics.groups(message.topic)) {
      try {
        tracks.push({ consumerGroup, trackType: await typeIn(message, consumerGroup), exceptionDesc: undefined })
      } catch (failure) {
        const trackType = isNobody(failure) ? 'NOT_ONLINE' : 'UNKNOWN'
        tracks.push({ consumerGroup, trackType, exceptionDesc: reasonOf(failure) })
      }
    }
    return tracks
  }
}

/** Brokers of SQL filters say nothing of single messages, as in Apache. */
function isWanted({ topic, tag = '' }: ReceivedMessage, { subscriptionTable }: ConsumerConnections): boolean {
  const tags = Object.values(subscriptionTable).find((one) => one.topic === topic)?.tagsSet ?? []
  return tags.length === 0 || tags.includes('*') || tags.includes(tag)
}

function isNobody(failure: unknown): boolean {
  if (codeOf(failure) === 'RMQ_ADMIN_NO_PROGRESS') return true
  return refusal(failure)?.responseCode === RESPONSE_CODE.CONSUMER_NOT_ONLINE
}

/** As Apache words it, so that scripts find the code. */
function reasonOf(failure: unknown): string {
  const refused = refusal(failure)
  return refused === undefined ? textOf(failure) : `CODE:${refused.responseCode} DESC:${refused.remark}`
}

function refusal(failure: unknown): { readonly responseCode: number; readonly remark?: string } | undefined {
  if (codeOf(failure) !== 'RMQ_REFUSED' || !(failure instanceof RocketMQError)) return undefined
  return failure.details as { responseCode: number; remark?: string }
}
