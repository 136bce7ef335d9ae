import { binderErrors } from './errors.ts'
import type { BinderProperties, ConsumerBindingProperties } from './properties.ts'

/** Properties that RocketMQ has and this version cannot honour: refused, because ignoring them would change what a program does. */
interface Refusal<Config> {
  readonly key: keyof Config & string
  readonly harmless: (value: unknown) => boolean
  readonly reason: string
}

const empty = (value: unknown): boolean => value === ''
const off = (value: unknown): boolean => value === false

const BINDER: readonly Refusal<BinderProperties>[] = [
  {
    key: 'accessKey',
    harmless: empty,
    reason: 'requests are not signed, so a broker with access control would refuse them',
  },
  {
    key: 'secretKey',
    harmless: empty,
    reason: 'requests are not signed, so a broker with access control would refuse them',
  },
  { key: 'namespace', harmless: empty, reason: 'topics and groups are used by their plain names' },
  { key: 'useTls', harmless: off, reason: 'connections are not encrypted' },
]

const CONSUMER: readonly Refusal<ConsumerBindingProperties>[] = [
  {
    key: 'messageModel',
    harmless: (value) => value === 'CLUSTERING',
    reason: 'messages are shared among the group, not broadcast',
  },
  { key: 'push.orderly', harmless: off, reason: 'messages of a queue are consumed concurrently' },
]

/** @throws RMQ_PROPERTY_UNSUPPORTED */
export const checkBinder = (name: string, config: BinderProperties): void => check(`binder "${name}"`, config, BINDER)
/** @throws RMQ_PROPERTY_UNSUPPORTED */
export const checkConsumer = (name: string, config: ConsumerBindingProperties): void =>
  check(`binding "${name}"`, config, CONSUMER)

function check<Config extends object>(binding: string, config: Config, refusals: readonly Refusal<Config>[]): void {
  for (const { key, harmless, reason } of refusals) {
    const value = config[key]
    if (!harmless(value)) throw binderErrors.RMQ_PROPERTY_UNSUPPORTED({ binding, key, value: String(value), reason })
  }
}
