import { codeOf, textOf } from '../../base/errors/index.ts'
import {
  type Api,
  ConsumeMessageDirectly,
  GetConsumerRunningInfo,
  type Handler,
  type HeaderOf,
  RESPONSE_CODE,
  type Reply,
  VERSION,
} from '../../remoting/index.ts'
import type { MessageStore } from '../../store/index.ts'
import type { ConsumerGroups } from '../groups/consumer-groups.ts'
import type { BrokerIdentity } from '../identity.ts'
import type { GroupConfigs } from '../subscriptions/group-table.ts'
import type { TopicTable } from '../topics/topic-table.ts'

/** How long a consumer may take to answer. Apache: `Broker2Client.callClient`. */
const ASK_TIMEOUT_MS = 10_000
/** Digits of an offset id behind the address: the position in the commit log. */
const POSITION_DIGITS = 16

type AskReply = Reply<Record<never, never>>

/** Asks a consumer for a picture of itself. Apache: `AdminBrokerProcessor.getConsumerRunningInfo` (5.3.3). */
export function consumerRunningInfo(consumers: ConsumerGroups): Handler<typeof GetConsumerRunningInfo> {
  return (request) => ask(consumers, GetConsumerRunningInfo, request, undefined)
}

/** Has a consumer consume a stored message now. Apache: `AdminBrokerProcessor.consumeMessageDirectly` (5.3.3). */
export function consumeDirectly(
  consumers: ConsumerGroups,
  topics: TopicTable,
  groups: GroupConfigs,
  store: MessageStore,
  identity: BrokerIdentity,
): Handler<typeof ConsumeMessageDirectly> {
  return async (request) => {
    const msgId = request.msgId ?? ''
    const isOffsetId = /^([0-9a-f]{32}|[0-9a-f]{56})$/i.test(msgId)
    const position = isOffsetId ? Number.parseInt(msgId.slice(-POSITION_DIGITS), 16) : -1
    const record = Number.isSafeInteger(position) && position >= 0 ? await store.recordAt(position) : undefined
    if (record === undefined) {
      return { code: RESPONSE_CODE.SYSTEM_ERROR, remark: `can not find message by the id, ${msgId}` }
    }
    const topicSysFlag = topics.get(request.topic ?? '')?.config.topicSysFlag
    const groupSysFlag = groups.get(request.consumerGroup)?.groupSysFlag
    const header = { ...request, brokerName: identity.name, topicSysFlag, groupSysFlag }
    return ask(consumers, ConsumeMessageDirectly, header, record)
  }
}

/** Hands a request on to the consumer it names, and its answer back. Apache: `AdminBrokerProcessor.callConsumer`. */
async function ask<One extends typeof GetConsumerRunningInfo | typeof ConsumeMessageDirectly>(
  consumers: ConsumerGroups,
  api: One,
  header: HeaderOf<One['request']> & { readonly consumerGroup: string; readonly clientId?: string | undefined },
  body: Buffer | undefined,
): Promise<AskReply> {
  const { consumerGroup, clientId = '' } = header
  const members = consumers.get(consumerGroup)?.members.values() ?? []
  const member = [...members].find((one) => one.clientId === clientId)
  if (member === undefined) {
    return { code: RESPONSE_CODE.SYSTEM_ERROR, remark: `The Consumer <${consumerGroup}> <${clientId}> not online` }
  }
  if (member.version < VERSION.V3_1_8) {
    const remark = `The Consumer <${clientId}> Version <${member.version}> too low to finish, please upgrade it to V3_1_8_SNAPSHOT`
    return { code: RESPONSE_CODE.SYSTEM_ERROR, remark }
  }
  try {
    const options = { body, timeoutMs: ASK_TIMEOUT_MS }
    const answer = await member.peer.invoke(api as Api<One['request']>, header as HeaderOf<One['request']>, options)
    // A view into what was received would pin the whole buffer until the reply is written.
    return { remark: answer.remark, body: Buffer.from(answer.body) }
  } catch (failure) {
    if (codeOf(failure) === 'RMQ_REFUSED') throw failure
    const isLate = codeOf(failure) === 'RMQ_REQUEST_TIMEOUT'
    const what = isLate ? 'Timeout' : 'Exception'
    const remark = `${isLate ? '' : 'invoke '}consumer <${consumerGroup}> <${clientId}> ${what}: ${textOf(failure)}`
    return { code: isLate ? RESPONSE_CODE.CONSUME_MSG_TIMEOUT : RESPONSE_CODE.SYSTEM_ERROR, remark }
  }
}
