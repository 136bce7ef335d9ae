import type { ClientSettings } from '../config.ts'
import type { BrokerConnections } from '../connection/broker-connections.ts'
import type { Brokers } from '../connection/brokers.ts'
import type { Members } from '../connection/members.ts'
import type { Sender } from '../producer/sender.ts'
import type { TopicRoutes } from '../route/topic-routes.ts'
import type { ConsumeHook } from './consume-hook.ts'

/** What a consumer needs of its client. */
export interface ConsumerParts {
  readonly settings: ClientSettings
  readonly routes: TopicRoutes
  readonly brokers: Brokers
  readonly connections: BrokerConnections
  readonly members: Members
  /** Sends copies of messages that their broker does not take back. */
  readonly sender: Sender
  /** Told of each call of the listener; absent when nobody wants to know. */
  readonly hook?: ConsumeHook | undefined
}
