import { codeOf } from '../base/errors/index.ts'
import type { Logger } from '../base/log/index.ts'
import { isNameServer } from '../client/index.ts'
import { binderErrors } from './errors.ts'
import type { BinderProperties } from './properties.ts'

/** Which name servers to use. Disposing ends the embedded server, when there is one. */
export interface NameServers extends AsyncDisposable {
  readonly addresses: string
}

/** How long the name server of this machine has to answer. */
const PROBE_MS = 1000
const HOW_TO_CHOOSE = 'set spring.cloud.stream.rocketmq.binder.name-server=host:port to use another one'

/**
 * The configured name servers; without them the one on this machine, if one answers; else an embedded server, started
 * here. Says which, and how to choose. No server code is loaded unless the embedded one is started.
 * @throws RMQ_NO_SERVER  none answers and the embedded server is switched off
 */
export async function findNameServers(properties: BinderProperties, logger: Logger): Promise<NameServers> {
  const nothing = async (): Promise<void> => undefined
  if (properties.nameServer !== '') {
    return { addresses: properties.nameServer, [Symbol.asyncDispose]: nothing }
  }
  const port = properties['embedded.port']
  const local = `127.0.0.1:${port}`
  const join = (): NameServers => {
    logger.info(`using the RocketMQ that runs at ${local}; ${HOW_TO_CHOOSE}`)
    return { addresses: local, [Symbol.asyncDispose]: nothing }
  }
  if (port !== 0 && (await isNameServer(local, PROBE_MS))) return join()
  if (!properties['embedded.enabled']) throw binderErrors.RMQ_NO_SERVER({ port })
  try {
    const { startEmbedded } = await import('../embedded/index.ts')
    const storePath = properties['embedded.storePath']
    const embedded = await startEmbedded({ port, storePath }, { logger })
    logger.info(`started the embedded RocketMQ at ${embedded.nameServer}, messages in ${storePath}; ${HOW_TO_CHOOSE}`)
    return { addresses: embedded.nameServer, [Symbol.asyncDispose]: () => embedded[Symbol.asyncDispose]() }
  } catch (failure) {
    // Another program started its own in the same moment: use that one.
    if (codeOf(failure) === 'RMQ_PORT_IN_USE' && (await isNameServer(local, PROBE_MS))) return join()
    throw failure
  }
}
