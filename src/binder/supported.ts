import { binderErrors } from './errors.ts'
import type { BinderProperties, ProducerBindingProperties } from './properties.ts'

/**
 * Properties that RocketMQ has and this version cannot honour: refused, because ignoring them would change what a
 * program does.
 */
interface Refusal<Config> {
  readonly key: keyof Config & string
  readonly harmless: (value: unknown) => boolean
  readonly reason: string
}

const empty = (value: unknown): boolean => value === ''
const off = (value: unknown): boolean => value === false

const NO_HOOKS = 'sends have no hooks; a service can look at its messages before it sends them'

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

const PRODUCER: readonly Refusal<ProducerBindingProperties>[] = [
  { key: 'checkForbiddenHook', harmless: empty, reason: NO_HOOKS },
  { key: 'sendMessageHook', harmless: empty, reason: NO_HOOKS },
]

/** @throws RMQ_PROPERTY_UNSUPPORTED */
export const checkBinder = (name: string, config: BinderProperties): void => check(`binder "${name}"`, config, BINDER)
/** @throws RMQ_PROPERTY_UNSUPPORTED */
export const checkProducer = (name: string, config: ProducerBindingProperties): void =>
  check(`binding "${name}"`, config, PRODUCER)

function check<Config extends object>(binding: string, config: Config, refusals: readonly Refusal<Config>[]): void {
  for (const { key, harmless, reason } of refusals) {
    const value = config[key]
    if (!harmless(value)) throw binderErrors.RMQ_PROPERTY_UNSUPPORTED({ binding, key, value: String(value), reason })
  }
}
