// Functions: methods that are bound by the names of the configuration, and sending to bindings by name.
export { type Functions, type ServiceFunction, serviceFunctions } from './functions.ts'
export { StreamBridge, type StreamBridgeSends } from './stream-bridge.ts'
export { startSuppliers } from './suppliers.ts'
