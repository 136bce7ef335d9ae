import {
  type Call,
  type Handler,
  queueMapText,
  RESPONSE_CODE,
  type Reply,
  type RequestOf,
  ResetConsumerClientOffset,
  type ResetOffset,
} from '../../remoting/index.ts'
import type { MessageStore } from '../../store/index.ts'
import type { BrokerConfig } from '../config.ts'
import type { ConsumerGroups } from '../groups/consumer-groups.ts'
import type { BrokerIdentity } from '../identity.ts'
import type { LongPolling } from '../long-polling/long-polling.ts'
import type { GroupConfigs } from '../subscriptions/group-table.ts'
import type { TopicTable } from '../topics/topic-table.ts'
import type { ConsumerOffsets } from './consumer-offsets.ts'
import type { OffsetResets } from './offset-resets.ts'

/** What moving groups needs. */
export interface ResetServices {
  readonly config: BrokerConfig
  readonly identity: BrokerIdentity
  readonly topics: TopicTable
  readonly groups: GroupConfigs
  readonly store: MessageStore
  readonly offsets: ConsumerOffsets
  readonly resets: OffsetResets
  readonly consumers: ConsumerGroups
  readonly longPolling: LongPolling
}

type ResetRequest = RequestOf<typeof ResetOffset>
type ResetReply = Reply<object>

interface NewOffset {
  readonly topic: string
  readonly brokerName: string
  readonly queueId: number
  readonly offset: number
}

/** First client that understands being moved. Apache: `MQVersion.Version.V3_0_7_SNAPSHOT`. */
const CLIENT_VERSION_MIN = 28
/** The time that means: behind the last message. */
const END = -1

/**
 * Moves a group in a topic to a time, or in one queue to an offset. With `useServerSideResetOffset` the group learns of
 * it by its next pull; without, its members are told at once. Apache: `AdminBrokerProcessor.resetOffset` (5.3.3).
 */
export function resetOffset(services: ResetServices): Handler<typeof ResetOffset> {
  return (request, call) =>
    services.config.useServerSideResetOffset ? keepForPulls(request, services) : pushToMembers(request, services, call)
}

async function keepForPulls(request: ResetRequest, services: ResetServices): Promise<ResetReply> {
  const { identity, topics, groups, resets, longPolling } = services
  const { topic, group, queueId = -1 } = request
  const config = topics.get(topic)?.config
  if (config === undefined) return refuse(RESPONSE_CODE.TOPIC_NOT_EXIST, `Topic ${topic} does not exist`)
  if (groups.get(group) === undefined) {
    return refuse(RESPONSE_CODE.SUBSCRIPTION_GROUP_NOT_EXIST, `Group ${group} does not exist`)
  }
  const queueIds = queueId >= 0 ? [queueId] : Array.from({ length: config.readQueueNums }, (_, id) => id)
  const moved: NewOffset[] = []
  for (const id of queueIds) {
    const offset = await targetOf(request, id, services.store)
    if (typeof offset === 'string') return refuse(RESPONSE_CODE.SYSTEM_ERROR, offset)
    moved.push({ topic, brokerName: identity.name, queueId: id, offset })
  }
  for (const { queueId: id, offset } of moved) resets.assign(group, topic, id, offset)
  // Apache lets the group learn of it at the end of the hold, or with the next message.
  longPolling.wakeTopic(topic)
  return offsetTable(moved)
}

/** The offset, or why there is none. */
async function targetOf(request: ResetRequest, queueId: number, store: MessageStore): Promise<number | string> {
  const { topic, offset, timestamp = 0 } = request
  if (request.queueId === undefined || request.queueId < 0 || offset === undefined || offset === -1) {
    return offsetAt(topic, queueId, timestamp, store)
  }
  const [min, max] = [store.minOffset(topic, queueId), store.maxOffset(topic, queueId)]
  if (offset >= min && offset <= max + 1) return offset
  return `Target offset ${offset} not in consume queue range [${min}-${max}]`
}

/** Apache: `Broker2Client.resetOffset`. */
async function pushToMembers(
  request: ResetRequest,
  services: ResetServices,
  call: Pick<Call<never>, 'language'>,
): Promise<ResetReply> {
  const { identity, topics, offsets, store, consumers } = services
  const { topic, group, timestamp = 0, isForce = false } = request
  const config = topics.get(topic)?.config
  if (config === undefined) {
    const remark = `[reset-offset] reset offset failed, no topic in this broker. topic=${topic}`
    return refuse(RESPONSE_CODE.TOPIC_NOT_EXIST, remark)
  }
  const moved: NewOffset[] = []
  for (let queueId = 0; queueId < config.writeQueueNums; queueId++) {
    const recorded = offsets.get(group, topic, queueId)
    if (recorded === undefined) return refuse(RESPONSE_CODE.SYSTEM_ERROR, `THe consumer group <${group}> not exist`)
    const wanted = await offsetAt(topic, queueId, timestamp, store)
    const offset = isForce || wanted < recorded ? wanted : recorded
    moved.push({ topic, brokerName: identity.name, queueId, offset })
  }
  const members = [...(consumers.get(group)?.members.values() ?? [])]
  if (members.length === 0) {
    const remark = `Consumer not online, so can not reset offset, Group: ${group} Topic: ${topic} Timestamp: ${timestamp}`
    return refuse(RESPONSE_CODE.CONSUMER_NOT_ONLINE, remark)
  }
  const old = members.find((member) => member.version < CLIENT_VERSION_MIN)
  if (old !== undefined) {
    const remark = `the client does not support this feature. version=${old.version}`
    return refuse(RESPONSE_CODE.SYSTEM_ERROR, remark)
  }
  const { body } = call.language === 'CPP' ? offsetList(moved) : offsetTable(moved)
  for (const { peer } of members) {
    peer.invokeOneway(ResetConsumerClientOffset, { topic, group, timestamp }, body === undefined ? {} : { body })
  }
  return offsetTable(moved)
}

async function offsetAt(topic: string, queueId: number, timestamp: number, store: MessageStore): Promise<number> {
  if (timestamp <= END) return store.maxOffset(topic, queueId)
  return store.offsetByTime(topic, queueId, timestamp, 'lower')
}

function offsetTable(moved: readonly NewOffset[]): { readonly body: Buffer } {
  return { body: Buffer.from(`{"offsetTable":${queueMapText(moved, ({ offset }) => offset)}}`) }
}

/** For consumers whose readers do not take objects as keys. Apache: `ResetOffsetBodyForC`. */
function offsetList(moved: readonly NewOffset[]): { readonly body: Buffer } {
  return { body: Buffer.from(JSON.stringify({ offsetTable: moved })) }
}

function refuse(code: number, remark: string): ResetReply {
  return { code, remark }
}
