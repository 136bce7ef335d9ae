// The broker: takes messages in, keeps them, hands them out.

// Settings
export { type BrokerConfig, type BrokerRole, brokerConfig } from './config.ts'
export { brokerErrors } from './errors.ts'
export { type BrokerConfigSource, type LoadedBrokerConfig, loadBrokerConfig } from './load-config.ts'
// Running
export { type Broker, type BrokerPorts, startBroker } from './start-broker.ts'
