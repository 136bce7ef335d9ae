import { Worker } from 'node:worker_threads'
import { deferred } from '../base/async/index.ts'
import { RocketMQError } from '../base/errors/index.ts'
import { type Logger, silentLogger } from '../base/log/index.ts'
import { embeddedErrors } from './errors.ts'
import type { EmbeddedSettings, FromWorker, ToWorker } from './protocol.ts'

/** A name server and a broker in a thread of this process. Disposing closes both in order and ends the thread. */
export interface Embedded extends AsyncDisposable {
  /** `127.0.0.1:port` of the name server. */
  readonly nameServer: string
  /** `127.0.0.1:port` of the broker. */
  readonly brokerAddress: string
}

/**
 * Starts a complete, durable RocketMQ in a thread of this process, reachable from this machine only; resolves when it
 * answers.
 *
 * @param options.port  of the name server (9876); 0 takes any free one
 * @param options.storePath  directory of the messages (`.rocketstream`)
 * @throws RMQ_PORT_IN_USE, RMQ_STORE_LOCKED, RMQ_STORE_DIRECTORY
 * @throws RMQ_EMBEDDED_ENDED  the thread ended before it answered
 */
export async function startEmbedded(
  options: Partial<EmbeddedSettings> = {},
  { logger = silentLogger }: { readonly logger?: Logger } = {},
): Promise<Embedded> {
  const workerData: EmbeddedSettings = { port: 9876, storePath: '.rocketstream', ...options }
  // Built, all entries of the package lie side by side.
  const worker = new Worker(new URL('./embedded-worker.js', import.meta.url), { workerData, name: 'rocketstream' })
  const ready = deferred<Embedded>()
  const ended = deferred()
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    worker.postMessage({ kind: 'close' } satisfies ToWorker)
    return ended.promise
  }

  worker.on('message', (message: FromWorker) => {
    if (message.kind === 'log') logger.child(message.name)[message.level](message.message, message.fields)
    else if (message.kind === 'ready') {
      ready.resolve({
        nameServer: `127.0.0.1:${message.namesrvPort}`,
        brokerAddress: message.brokerAddress,
        [Symbol.asyncDispose]() {
          closing ??= close()
          return closing
        },
      })
    } else if (message.kind === 'failed') {
      const failure = new RocketMQError(message.code ?? 'RMQ_EMBEDDED_ENDED', message.message, message.details)
      ready.reject(failure)
      ended.reject(failure)
    }
  })
  worker.on('error', (failure) => {
    ready.reject(embeddedErrors.RMQ_EMBEDDED_ENDED({ reason: failure.message }, failure))
    ended.reject(failure)
    logger.error('the embedded server failed', { reason: failure.stack ?? failure.message })
  })
  worker.on('exit', (code) => {
    ready.reject(embeddedErrors.RMQ_EMBEDDED_ENDED({ reason: `its thread ended with code ${code}` }))
    ended.resolve()
  })
  // Whoever never closes it has no use for how it ended.
  ended.promise.catch(() => undefined)
  return ready.promise
}
