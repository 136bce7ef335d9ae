// Logging as a port; the library is silent unless given a logger.
export {
  jsonLogger,
  type LineSink,
  type LogFields,
  type Logger,
  type LogLevel,
  silentLogger,
  textLogger,
} from './logger.ts'
export { Trouble } from './trouble.ts'
