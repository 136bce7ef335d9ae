import {
  type ClientConnection,
  consumerConnectionsBody,
  type GetAllProducers,
  type GetConsumerConnections,
  type GetProducerConnections,
  type GetSubscription,
  type Handler,
  producerConnectionsBody,
  producerTableBody,
  RESPONSE_CODE,
  subscriptionBody,
} from '../../remoting/index.ts'
import type { ConsumerGroups, Member } from '../groups/consumer-groups.ts'
import type { ProducerGroups } from '../groups/producer-groups.ts'

/** Who consumes in a group. Apache: `AdminBrokerProcessor.getConsumerConnectionList` (5.3.3). */
export function consumerConnections(consumers: ConsumerGroups): Handler<typeof GetConsumerConnections> {
  return ({ consumerGroup }) => {
    const group = consumers.get(consumerGroup)
    if (group === undefined) {
      const remark = `the consumer group[${consumerGroup}] not online`
      return { code: RESPONSE_CODE.CONSUMER_NOT_ONLINE, remark }
    }
    const { consumeType, messageModel, consumeFromWhere } = group
    const subscriptions = [...group.subscriptions].map(([topic, { data }]) => [topic, data])
    return {
      body: consumerConnectionsBody.encode({
        connectionSet: [...group.members.values()].map(connectionOf),
        subscriptionTable: Object.fromEntries(subscriptions),
        consumeType,
        messageModel,
        consumeFromWhere,
      }),
    }
  }
}

/** Who produces in a group. Apache: `AdminBrokerProcessor.getProducerConnectionList` (5.3.3). */
export function producerConnections(producers: ProducerGroups): Handler<typeof GetProducerConnections> {
  return ({ producerGroup }) => {
    const members = [...producers.members(producerGroup).values()]
    if (members.length === 0) {
      return { code: RESPONSE_CODE.SYSTEM_ERROR, remark: `the producer group[${producerGroup}] not exist` }
    }
    return { body: producerConnectionsBody.encode({ connectionSet: members.map(connectionOf) }) }
  }
}

/** All producers. Apache: `AdminBrokerProcessor.getAllProducerInfo` (5.3.3). */
export function allProducers(producers: ProducerGroups): Handler<typeof GetAllProducers> {
  return () => {
    const groups = [...producers.all()].map(([name, members]) => [
      name,
      [...members.values()].map(({ peer, clientId, language, version, lastHeartbeatMs }) => ({
        clientId,
        remoteIP: `/${peer.address}`,
        language,
        version,
        lastUpdateTimestamp: lastHeartbeatMs,
      })),
    ])
    return { body: producerTableBody.encode({ data: Object.fromEntries(groups) }) }
  }
}

/** What a group wants of a topic. Apache: `AdminBrokerProcessor.querySubscriptionByConsumer` (5.3.3). */
export function subscriptionOf(consumers: ConsumerGroups): Handler<typeof GetSubscription> {
  return ({ group, topic = '' }) => {
    const subscriptionData = consumers.get(group)?.subscriptions.get(topic)?.data
    return { body: subscriptionBody.encode({ group, topic, subscriptionData }) }
  }
}

function connectionOf({ peer, clientId, language, version }: Member): ClientConnection {
  return { clientId, clientAddr: peer.address, language, version }
}
