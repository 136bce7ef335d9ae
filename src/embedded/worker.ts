/**
 * The thread of the embedded server: a busy listener must not stop the broker, nor the broker's disk a listener. Speaks
 * {@link FromWorker} and {@link ToWorker} with the thread that started it.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { codeOf, RocketMQError, textOf } from '../base/errors/index.ts'
import type { LogFields, Logger } from '../base/log/index.ts'
import { brokerConfig } from '../broker/index.ts'
import type { EmbeddedSettings, FromWorker, ToWorker } from './protocol.ts'
import { type Server, startServer } from './start-server.ts'

const { port, storePath } = workerData as EmbeddedSettings

function tell(message: FromWorker): void {
  parentPort?.postMessage(message)
}

function threadLogger(name: string): Logger {
  const at = (level: 'debug' | 'info' | 'warn' | 'error') => (message: string, fields?: LogFields) =>
    tell({ kind: 'log', level, name, message, fields })
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (inner) => threadLogger(inner),
  }
}

/** Only this machine reaches an embedded server; its broker takes Apache's port when that is free. */
async function start(): Promise<Server> {
  const open = (listenPort: number): Promise<Server> =>
    startServer(
      {
        namesrv: { listenPort: port, bindAddress: '127.0.0.1' },
        broker: brokerConfig.with({
          storePathRootDir: storePath,
          brokerName: 'broker-embedded',
          brokerIP1: '127.0.0.1',
          bindAddress: '127.0.0.1',
          listenPort,
          enablePropertyFilter: true,
        }),
      },
      { logger: threadLogger('embedded') },
    )
  try {
    return await open(10_911)
  } catch (failure) {
    const address = failure instanceof RocketMQError ? (failure.details as { address?: string }).address : undefined
    if (codeOf(failure) === 'RMQ_PORT_IN_USE' && address?.endsWith(':10911') === true) return open(0)
    throw failure
  }
}

try {
  const server = await start()
  parentPort?.on('message', (message: ToWorker) => {
    if (message.kind === 'close') void close(server)
  })
  tell({ kind: 'ready', namesrvPort: server.namesrvPort, brokerAddress: server.brokerAddress })
} catch (failure) {
  tell(failed(failure))
  parentPort?.close()
}

async function close(server: Server): Promise<void> {
  try {
    await server[Symbol.asyncDispose]()
    tell({ kind: 'closed' })
  } catch (failure) {
    tell(failed(failure))
  } finally {
    parentPort?.close()
  }
}

function failed(failure: unknown): FromWorker {
  const details = failure instanceof RocketMQError ? failure.details : {}
  return { kind: 'failed', code: codeOf(failure), message: textOf(failure), details }
}
