import type { Connection, Listener, Network } from '../base/network/index.ts'

/** A port that is taken, before there is something to answer with. */
export interface TakenPort extends AsyncDisposable {
  readonly listener: Listener
  /** A network on which listening means to use this port. */
  readonly network: Network
}

/**
 * Takes a port at once and lets connections in only when someone listens; until then they are closed, as if nobody was
 * there.
 * @throws RMQ_PORT_IN_USE, RMQ_LISTEN_FAILED
 */
export async function takePort(network: Network, host: string, port: number): Promise<TakenPort> {
  let accept = (connection: Connection): void => void connection.destroy()
  const listener = await network.listen({ host, port }, (connection) => accept(connection))
  return {
    listener,
    network: {
      connect: (address, options) => network.connect(address, options),
      listen: async (_address, onConnection) => {
        accept = onConnection
        return listener
      },
    },
    [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
  }
}
