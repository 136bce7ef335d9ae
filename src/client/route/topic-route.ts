import { compareQueues, type MessageQueue, PERM } from '../../message/index.ts'
import type { QueueData, RouteData } from '../../remoting/index.ts'

/** Where a topic lives, and what follows from it for sending and receiving. Immutable. */
export interface TopicRoute {
  readonly topic: string
  readonly data: RouteData
  /** Queues that may be written to, in the order in which they are used. */
  readonly publishQueues: readonly MessageQueue[]
  /** Queues that may be read, sorted: every member of a group must see the same order. */
  readonly subscribeQueues: readonly MessageQueue[]
  /** True: no broker has the topic yet; this is what it will look like at the first send. */
  readonly provisional: boolean
  /** Equal for equal routes. */
  readonly fingerprint: string
}

/** Builds a route from what a name server answered. Apache: `MQClientInstance.topicRouteData2TopicPublishInfo`. */
export function topicRoute(topic: string, data: RouteData, provisional = false): TopicRoute {
  const queueDatas = data.queueDatas.toSorted((left, right) => (left.brokerName < right.brokerName ? -1 : 1))
  return Object.freeze({
    topic,
    data,
    publishQueues: Object.freeze(orderedQueues(topic, data.orderTopicConf) ?? publishQueues(topic, data, queueDatas)),
    subscribeQueues: Object.freeze(subscribeQueues(topic, queueDatas)),
    provisional,
    fingerprint: fingerprint(data, queueDatas, provisional),
  })
}

/**
 * The route that an unknown topic will get, after that of the topic that stands for automatic creation. Apache:
 * `MQClientInstance.updateTopicRouteInfoFromNameServer` with `createTopicKey`.
 */
export function provisionalRoute(topic: string, creator: RouteData, queuesMax: number): TopicRoute {
  const queueDatas = creator.queueDatas.map((data) => {
    const queues = Math.min(queuesMax, data.readQueueNums)
    return { ...data, readQueueNums: queues, writeQueueNums: queues }
  })
  return topicRoute(topic, { ...creator, orderTopicConf: undefined, queueDatas }, true)
}

/** `brokerA:4;brokerB:2` is an administrator's word on queues and their order. */
function orderedQueues(topic: string, orderTopicConf: string | undefined): MessageQueue[] | undefined {
  if (orderTopicConf === undefined || orderTopicConf === '') return undefined
  return orderTopicConf.split(';').flatMap((part) => {
    const [brokerName = '', count = '0'] = part.split(':')
    return queuesOf(topic, brokerName, Number(count))
  })
}

function publishQueues(topic: string, data: RouteData, queueDatas: readonly QueueData[]): MessageQueue[] {
  const withMaster = new Set(data.brokerDatas.filter((one) => '0' in one.brokerAddrs).map((one) => one.brokerName))
  return queueDatas
    .filter((one) => (one.perm & PERM.write) !== 0 && withMaster.has(one.brokerName))
    .flatMap((one) => queuesOf(topic, one.brokerName, one.writeQueueNums))
}

function subscribeQueues(topic: string, queueDatas: readonly QueueData[]): MessageQueue[] {
  return queueDatas
    .filter((one) => (one.perm & PERM.read) !== 0)
    .flatMap((one) => queuesOf(topic, one.brokerName, one.readQueueNums))
    .sort(compareQueues)
}

function queuesOf(topic: string, brokerName: string, count: number): MessageQueue[] {
  return Array.from({ length: count }, (_, queueId) => Object.freeze({ topic, brokerName, queueId }))
}

function fingerprint(data: RouteData, queueDatas: readonly QueueData[], provisional: boolean): string {
  const brokerDatas = data.brokerDatas.toSorted((left, right) => (left.brokerName < right.brokerName ? -1 : 1))
  return JSON.stringify([provisional, data.orderTopicConf, queueDatas, brokerDatas])
}
