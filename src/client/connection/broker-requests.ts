import { decodeRecord, PROPERTY } from '../../message/index.ts'
import {
  CheckTransactionState,
  ConsumeMessageDirectly,
  GetConsumerRunningInfo,
  GetConsumerStatus,
  NotifyConsumerIdsChanged,
  queueMapText,
  RESPONSE_CODE,
  type Reply,
  ResetConsumerClientOffset,
  type RouteTable,
  readQueueNumbers,
  remotingErrors,
  route,
  routeTable,
} from '../../remoting/index.ts'
import type { ConsumerMember, Members, RunningInfo } from './members.ts'

/** What brokers may ask this client. Apache: `ClientRemotingProcessor`. */
export function brokerRequests(members: Members): RouteTable {
  return routeTable(
    route(NotifyConsumerIdsChanged, ({ consumerGroup }) => {
      members.consumer(consumerGroup)?.rebalance()
      return {}
    }),
    route(CheckTransactionState, (request, call) => {
      // The frame is gone once the check waits.
      const message = decodeRecord(Buffer.from(call.body), 0, request.bname ?? '')
      members.transactions(message.properties[PROPERTY.producerGroup] ?? '')?.check(request, message, call.peer)
      return {}
    }),
    route(ResetConsumerClientOffset, ({ topic, group }, call) => {
      members.consumer(group)?.resetOffsets(topic, readQueueNumbers(call.body, 'offsetTable'))
      return {}
    }),
    route(GetConsumerStatus, ({ group, topic }) => {
      const progress = members.consumer(group)?.progress(topic) ?? []
      return text(`{"messageQueueTable":${queueMapText(progress, (one) => one.offset)}}`)
    }),
    route(GetConsumerRunningInfo, ({ consumerGroup }) =>
      text(runningInfoText(known(members, consumerGroup).runningInfo())),
    ),
    route(ConsumeMessageDirectly, async ({ consumerGroup, brokerName }, call) => {
      // The frame is gone once the handler waits.
      const record = Buffer.from(call.body)
      const result = await known(members, consumerGroup).consumeDirectly?.(record, brokerName ?? '')
      if (result === undefined) throw unknown(consumerGroup)
      return text(JSON.stringify({ order: false, autoCommit: true, ...result }))
    }),
  )
}

function known(members: Members, group: string): ConsumerMember {
  const member = members.consumer(group)
  if (member !== undefined) return member
  throw unknown(group)
}

function unknown(group: string): Error {
  const remark = `The Consumer Group <${group}> not exist in this consumer`
  return remotingErrors.RMQ_REFUSED({ responseCode: RESPONSE_CODE.SYSTEM_ERROR, remark })
}

function runningInfoText(info: RunningInfo): string {
  const { properties, subscriptionSet, statusTable } = info
  const mqTable = queueMapText(info.queues, (one) => ({ ...one.info, commitOffset: one.offset }))
  const rest = JSON.stringify({ properties, subscriptionSet, statusTable, userConsumerInfo: {} })
  return `{"mqPopTable":{},"mqTable":${mqTable},${rest.slice(1)}`
}

function text<Header>(body: string): Reply<Header> {
  return { body: Buffer.from(body) }
}
