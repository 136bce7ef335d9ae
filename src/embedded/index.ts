// A complete RocketMQ in this process: in a thread of its own, or right here.
export { embeddedErrors } from './errors.ts'
export type { EmbeddedSettings } from './protocol.ts'
export { type Embedded, startEmbedded } from './start-embedded.ts'
export { type Server, type ServerOptions, startServer } from './start-server.ts'
