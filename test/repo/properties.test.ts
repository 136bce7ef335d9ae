import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { rocketmqBinder } from '../../src/binder/index.ts'
import { kebabKey } from '../../src/framework/config/names.ts'
import {
  bindingSettings,
  consumerSettings,
  pollerSettings,
  producerSettings,
  serviceSettings,
} from '../../src/framework/config/stream-settings.ts'
import { filesBelow, ROOT } from './sources.ts'

// A key that no test sets is a key of which nobody knows whether it does something.

const { binder, consumer, producer, oldConsumerKeys = {}, oldProducerKeys = {} } = rocketmqBinder.tables

const TABLES: Readonly<Record<string, object>> = {
  'spring.cloud.stream': serviceSettings.settings,
  'spring.cloud.stream.poller': pollerSettings.settings,
  'spring.cloud.stream.bindings.<name>': bindingSettings.settings,
  'spring.cloud.stream.bindings.<name>.consumer': consumerSettings.settings,
  'spring.cloud.stream.bindings.<name>.producer': producerSettings.settings,
  'spring.cloud.stream.rocketmq.binder': binder.settings,
  'spring.cloud.stream.rocketmq.bindings.<name>.consumer': { ...consumer.settings, ...oldConsumerKeys },
  'spring.cloud.stream.rocketmq.bindings.<name>.producer': { ...producer.settings, ...oldProducerKeys },
}

/** Where a user could be: tests with their files of configuration. */
const TEXTS = [
  ...filesBelow('src', '.test.ts'),
  ...['.ts', '.yml', '.properties'].flatMap((ending) => filesBelow('test/system', ending)),
  ...filesBelow('test/interop', '.ts'),
  ...filesBelow('test/programs', '.ts'),
].map((path) => readFileSync(join(ROOT, path), 'utf8'))

/** Whether the key stands somewhere as one that is given a value, in words with hyphens or capitals. */
function isSet(key: string): boolean {
  const last = key.slice(key.lastIndexOf('.') + 1)
  const spellings = [...new Set([key, kebabKey(key)])].map((text) => text.replaceAll('.', '\\.')).join('|')
  // In YAML the sections of a key stand on lines of their own.
  const inYaml = key === last ? '' : `|^ +${last}(?=: )|^ +${kebabKey(last)}(?=: )`
  const written = new RegExp(`(?:(?<=['"\`.{,\\s])(?:${spellings})(?=['"\`:=]|\\[\\d\\]=)${inYaml})`, 'm')
  return TEXTS.some((text) => written.test(text))
}

test('every key of a binding, of the binder and of a service is set in some test', () => {
  const unset = Object.entries(TABLES).flatMap(([section, settings]) =>
    Object.entries(settings as Readonly<Record<string, { readonly doc?: string }>>)
      .filter(([, { doc = '' }]) => !doc.startsWith('No effect') && !doc.startsWith('Not supported'))
      .filter(([key]) => !isSet(key))
      .map(([key]) => `${section}.${kebabKey(key)}`),
  )
  expect(unset).toEqual([])
})
