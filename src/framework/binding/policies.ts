import { booleanText, type ConfigTable, defineConfig, setting } from '../../base/config/index.ts'
import type { Logger } from '../../base/log/index.ts'
import type { BinderType, OldKeys } from '../binder/index.ts'
import {
  type BindingProperties,
  bindingSettings,
  canonicalKey,
  consumerSettings,
  type Environment,
  type OldKeyUse,
  producerSettings,
  readTable,
} from '../config/index.ts'
import type { RetryPolicy } from '../dispatch/index.ts'

const STREAM = 'spring.cloud.stream'

/**
 * `spring.cloud.stream.bindings.<name>.*` over `spring.cloud.stream.default.*`; the destination has no default there.
 */
export function bindingProperties(environment: Environment, name: string): BindingProperties {
  const read = readTable(environment, bindingSettings, [`${STREAM}.bindings[${name}]`, `${STREAM}.default`])
  const own = environment.get(`${STREAM}.bindings[${name}].destination`)?.text.trim() ?? ''
  return { ...read, destination: own === '' ? name : own }
}

/** How a message of this input is tried in this process. */
export function retryPolicy(environment: Environment, name: string): RetryPolicy {
  const properties = readTable(environment, consumerSettings, [
    `${STREAM}.bindings[${name}].consumer`,
    `${STREAM}.default.consumer`,
  ])
  return { properties, retryable: retryableErrors(environment, name) }
}

/** `retryable-exceptions.<error>` of the binding over those of the default; of a Java name the class counts. */
function retryableErrors(environment: Environment, binding: string): ReadonlyMap<string, boolean> {
  const retryable = new Map<string, boolean>()
  for (const section of [`${STREAM}.default`, `${STREAM}.bindings.${binding}`]) {
    const canonicalSection = canonicalKey(`${section}.consumer.retryable-exceptions.`)
    for (const { key, canonical } of environment.given) {
      if (!canonical.startsWith(canonicalSection)) continue
      const error = key.replace(/^.*retryable-?exceptions[.[]/i, '').replace(/\]$/, '')
      const name = error.slice(error.lastIndexOf('.') + 1)
      const text = environment.get(key)
      const table = defineConfig({ [key]: setting(booleanText, true, '') })
      if (text !== undefined) retryable.set(name, table.parse(new Map([[key, text]])).config[key] ?? true)
    }
  }
  return retryable
}

/** `spring.cloud.stream.bindings.<name>.producer.*` over `spring.cloud.stream.default.producer.*`. */
export function producerProperties(environment: Environment, name: string): ReturnType<typeof producerSettings.with> {
  return readTable(environment, producerSettings, [
    `${STREAM}.bindings[${name}].producer`,
    `${STREAM}.default.producer`,
  ])
}

/** The binder's own values for one end of a binding, over its defaults and its common values. */
export function binderProperties(
  environment: Environment,
  type: BinderType,
  name: string,
  end: 'consumer' | 'producer',
  logger: Logger,
): object {
  const table: ConfigTable<object> = type.tables[end]
  const oldKeys: OldKeys = (end === 'consumer' ? type.tables.oldConsumerKeys : type.tables.oldProducerKeys) ?? {}
  const prefixes = [`${STREAM}.${type.name}.bindings[${name}].${end}`, `${STREAM}.${type.name}.default.${end}`]
  const shared = Object.keys(type.tables.binder.settings).some((key) => Object.hasOwn(table.settings, key))
  const foreign = (end === 'producer' ? type.tables.foreignProducerKeys : undefined) ?? {}
  const common = shared ? [`${STREAM}.${type.name}.binder`] : []
  return readTable(environment, table, [...prefixes, foreign, ...common], oldKeys, (use) =>
    logger.info(oldKeySentence(use)),
  )
}

function oldKeySentence({ origin, oldKey, newKey, used }: OldKeyUse): string {
  return used
    ? `${origin}: ${oldKey} is an old key and is honoured; the new one is ${newKey}`
    : `${origin}: ${oldKey} is an old key and is ignored, because ${newKey} is given as well`
}
