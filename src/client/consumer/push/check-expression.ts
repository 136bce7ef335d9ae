import { textOf } from '../../../base/errors/index.ts'
import { CheckClientConfig, checkClientBody, type SubscriptionData } from '../../../remoting/index.ts'
import type { ClientSettings } from '../../config.ts'
import type { BrokerConnections } from '../../connection/broker-connections.ts'
import { type Brokers, MASTER_ID } from '../../connection/brokers.ts'
import { clientErrors, refusedWith } from '../../errors.ts'
import type { TopicRoutes } from '../../route/topic-routes.ts'

/** What asking a broker needs. */
interface CheckParts {
  readonly settings: ClientSettings
  readonly routes: TopicRoutes
  readonly brokers: Brokers
  readonly connections: BrokerConnections
}

/**
 * Asks a broker of the topic whether it can use an expression that is not one of tags, so that one that cannot says so before
 * anything is missed. A topic that does not exist yet is not checked. Apache: `MQClientInstance.checkClientInBroker`.
 * @throws RMQ_SUBSCRIPTION_ILLEGAL  it cannot
 */
export async function checkExpression(data: SubscriptionData, group: string, parts: CheckParts): Promise<void> {
  if (data.expressionType === 'TAG') return
  const { settings, routes, brokers, connections } = parts
  const brokerName = routes.get(data.topic)?.data.brokerDatas[0]?.brokerName
  const target = brokerName === undefined ? undefined : brokers.toRead(brokerName, MASTER_ID)
  if (target === undefined) return
  const body = checkClientBody.encode({ clientId: settings.clientId, group, subscriptionData: data })
  const broker = await connections.connect(target.address)
  try {
    await broker.invoke(CheckClientConfig, {}, { body, timeoutMs: settings.requestTimeoutMs })
  } catch (failure) {
    if (refusedWith(failure) === undefined) throw failure
    const { topic, subString: expression } = data
    throw clientErrors.RMQ_SUBSCRIPTION_ILLEGAL({ topic, expression, reason: textOf(failure) }, failure)
  }
}
