import { isRetryTopic, retryTopicOf } from '../../message/index.ts'
import { type ConsumerData, type Handler, type Heartbeat, heartbeatBody, type Peer } from '../../remoting/index.ts'
import type { GroupConfigs } from '../subscriptions/group-table.ts'
import { createForGroup } from '../topics/auto-create.ts'
import { type TopicTable, topicConfig } from '../topics/topic-table.ts'
import type { ConsumerGroups, Sender } from './consumer-groups.ts'
import type { ProducerGroups } from './producer-groups.ts'

/** Takes a client's groups and subscriptions in. Apache: `ClientManageProcessor.heartBeat` (5.3.3). */
export function heartbeat(
  consumers: ConsumerGroups,
  producers: ProducerGroups,
  groups: GroupConfigs,
  topics: TopicTable,
): Handler<typeof Heartbeat> {
  const watched = new WeakSet<Peer>()
  return (_request, call) => {
    const data = heartbeatBody.decode(call.body)
    const { peer, language, version } = call
    const sender: Sender = { peer, clientId: data.clientID, language, version }
    if (!watched.has(peer)) {
      watched.add(peer)
      peer.onClose(() => {
        consumers.removePeer(peer)
        producers.removePeer(peer)
      })
    }
    let isUnknown = false
    for (const consumer of data.consumerDataSet) {
      prepareRetryTopic(consumer, groups, topics)
      if (!data.withoutSub) consumers.heartbeat(sender, consumer, data.heartbeatFingerprint)
      else if (!consumers.heartbeatWithoutSubscriptions(sender, consumer, data.heartbeatFingerprint)) isUnknown = true
    }
    for (const producer of data.producerDataSet) producers.heartbeat(sender, producer.groupName)
    return { header: { IS_SUPPORT_HEART_BEAT_V2: 'true', IS_SUB_CHANGE: String(isUnknown) } }
  }
}

/** Retry messages come back in order if the group reads any topic in order. */
function prepareRetryTopic(consumer: ConsumerData, groups: GroupConfigs, topics: TopicTable): void {
  const group = groups.getOrCreate(consumer.groupName)
  if (group === undefined) return
  const name = retryTopicOf(consumer.groupName)
  if (topics.get(name) !== undefined) return
  const isOrdered = consumer.subscriptionDataSet.some(
    ({ topic }) => !isRetryTopic(topic) && topics.get(topic)?.config.order === true,
  )
  if (consumer.unitMode) {
    topics.put(topicConfig(name, group.retryQueueNums, { order: isOrdered, topicSysFlag: UNIT_SUBSCRIPTION }))
  } else {
    createForGroup(topics, name, group.retryQueueNums, isOrdered)
  }
}

/** Apache: `TopicSysFlag.FLAG_UNIT_SUB`. */
const UNIT_SUBSCRIPTION = 2
