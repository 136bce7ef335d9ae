import { type Address, formatAddress, localAddress } from '../base/network/index.ts'
import { hostBytes, PROPERTY, propertyEntry } from '../message/index.ts'
import type { BrokerConfig } from './config.ts'

/** Who a broker is, in the forms its rooms need. */
export interface BrokerIdentity {
  readonly name: string
  readonly cluster: string
  /** 0: master. */
  readonly id: number
  /** IP told to clients; the first word of several remarks. */
  readonly ip: string
  readonly port: number
  /** `ip:port` told to clients. */
  readonly address: string
  /** `ip:port` told to slaves. */
  readonly haAddress: string
  /** First part of offset ids: hexadecimal digits of `address`. */
  readonly messageIdPrefix: string
  /** Properties that every sent message gets, in string form. */
  readonly messageSuffix: string
  /** Fields of the reply to a send that the protocol table does not have. */
  readonly sendReplyFields: Readonly<Record<string, string>>
}

/** Makes the identity of a broker that listens on `bound`. */
export function brokerIdentity(config: BrokerConfig, bound: Address): BrokerIdentity {
  const ip = config.brokerIP1 === '' ? localAddress() : config.brokerIP1
  const traceOn = String(config.traceOn)
  return Object.freeze({
    name: config.brokerName,
    cluster: config.brokerClusterName,
    id: config.brokerId,
    ip,
    port: bound.port,
    address: formatAddress({ host: ip, port: bound.port }),
    haAddress: formatAddress({ host: ip, port: config.haListenPort === 0 ? bound.port + 1 : config.haListenPort }),
    messageIdPrefix: hostBytes(ip, bound.port).toString('hex').toUpperCase(),
    messageSuffix:
      propertyEntry(PROPERTY.messageRegion, config.regionId) +
      propertyEntry(PROPERTY.traceOn, traceOn) +
      propertyEntry(PROPERTY.cluster, config.brokerClusterName),
    sendReplyFields: Object.freeze({ MSG_REGION: config.regionId, TRACE_ON: traceOn }),
  })
}
