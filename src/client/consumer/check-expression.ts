import { textOf } from '../../base/errors/index.ts'
import { SqlFilter } from '../../filter/index.ts'
import {
  CheckClientConfig,
  checkClientBody,
  RESPONSE_CODE,
  responseCodeName,
  type SubscriptionData,
} from '../../remoting/index.ts'
import type { ClientSettings } from '../config.ts'
import type { BrokerConnections } from '../connection/broker-connections.ts'
import { type Brokers, MASTER_ID } from '../connection/brokers.ts'
import { clientErrors, refusedWith } from '../errors.ts'
import type { TopicRoutes } from '../route/topic-routes.ts'

/** What asking a broker needs. */
interface CheckParts {
  readonly settings: ClientSettings
  readonly routes: TopicRoutes
  readonly brokers: Brokers
  readonly connections: BrokerConnections
}

/** What a broker says when `enablePropertyFilter` is off. */
const NOT_ENABLED = 'does not support consumer to filter message'

/**
 * Asks a broker whether it can use an expression that is not one of tags, so that one that cannot says so before
 * anything is missed: a broker of the topic, else any. Where none is known yet the expression is read here. Apache:
 * `MQClientInstance.checkClientInBroker`.
 * @throws RMQ_SUBSCRIPTION_ILLEGAL  it cannot
 */
export async function checkExpression(data: SubscriptionData, group: string, parts: CheckParts): Promise<void> {
  if (data.expressionType === 'TAG') return
  const { settings, routes, brokers, connections } = parts
  const { topic, subString: expression } = data
  const brokerName = routes.get(topic)?.data.brokerDatas[0]?.brokerName
  const own = brokerName === undefined ? undefined : brokers.toRead(brokerName, MASTER_ID)
  const address = own?.address ?? brokers.addresses(false)[0]
  if (address === undefined) {
    const fault = faultOf(expression)
    if (fault === undefined) return
    throw clientErrors.RMQ_SUBSCRIPTION_ILLEGAL({ topic, expression, reason: fault })
  }
  const body = checkClientBody.encode({ clientId: settings.clientId, group, subscriptionData: data })
  const broker = await connections.connect(address)
  try {
    await broker.invoke(CheckClientConfig, {}, { body, timeoutMs: settings.requestTimeoutMs })
  } catch (failure) {
    const code = refusedWith(failure)
    if (code === undefined) throw failure
    throw clientErrors.RMQ_SUBSCRIPTION_ILLEGAL(
      { topic, expression, reason: reasonOf(failure, code, expression) },
      failure,
    )
  }
}

/** A broker says that an expression is wrong; where, we know better. */
function reasonOf(failure: unknown, code: number, expression: string): string {
  const told = textOf(failure)
  if (told.includes(NOT_ENABLED)) return `${told} Set enablePropertyFilter=true in the configuration of its brokers.`
  const fault = code === RESPONSE_CODE.SUBSCRIPTION_PARSE_FAILED ? faultOf(expression) : undefined
  return fault === undefined ? told : `${responseCodeName(code)}. ${fault}`
}

function faultOf(expression: string): string | undefined {
  try {
    new SqlFilter(expression)
    return undefined
  } catch (fault) {
    return textOf(fault)
  }
}
