// The name server: which brokers live, and where each topic is.
export { type NamesrvConfig, namesrvConfig } from './config.ts'
export { type Namesrv, type NamesrvPorts, startNamesrv } from './start-namesrv.ts'
