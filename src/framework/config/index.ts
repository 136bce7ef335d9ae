// Configuration: where it comes from, and the keys of spring.cloud.stream.
export { Environment, type GivenKey, type PropertySource } from './environment.ts'
export { type ConfigurationInputs, loadEnvironment } from './load-environment.ts'
export { canonicalKey, kebabKey } from './names.ts'
export { type OldKeyUse, readTable } from './read-table.ts'
export {
  type BindingProperties,
  bindingSettings,
  type ConsumerProperties,
  consumerSettings,
  type PollerProperties,
  type ProducerProperties,
  pollerSettings,
  producerSettings,
  type ServiceProperties,
  serviceSettings,
} from './stream-settings.ts'
export { unknownKeys } from './unknown-keys.ts'
