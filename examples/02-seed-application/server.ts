import { connect } from 'node:net'
import { startEmbedded } from 'rocketstream/embedded'

const NAME_SERVER_KEY = '--spring.cloud.stream.rocketmq.binder.name-server='
const LOCAL = '127.0.0.1:9876'

/** The name server of the command line; else the one on this machine; else one that is started here. */
export async function useServer(): Promise<{ readonly nameServer: string; stop(): Promise<void> }> {
  const given = process.argv.find((argument) => argument.startsWith(NAME_SERVER_KEY))?.slice(NAME_SERVER_KEY.length)
  const stop = async (): Promise<void> => undefined
  if (given !== undefined) return { nameServer: given, stop }
  if (await answers()) return { nameServer: LOCAL, stop }
  const embedded = await startEmbedded()
  return { nameServer: embedded.nameServer, stop: async () => embedded[Symbol.asyncDispose]() }
}

function answers(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(9876, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
