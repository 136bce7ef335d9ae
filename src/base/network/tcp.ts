import { connect, createServer } from 'node:net'
import { deferred } from '../async/index.ts'
import { codeOf, textOf } from '../errors/index.ts'
import { networkErrors } from './errors.ts'
import { type Connection, formatAddress, type Listener, type Network } from './network.ts'

/**
 * TCP of this machine, `TCP_NODELAY` set: frames are gathered before they are written, so Nagle could only delay them.
 */
export const tcpNetwork: Network = {
  connect(address, { timeoutMs }) {
    const opened = deferred<Connection>()
    const socket = connect({ host: address.host, port: address.port, noDelay: true })
    const fail = (reason: unknown): void => {
      socket.destroy()
      opened.reject(
        networkErrors.RMQ_CONNECT_FAILED({ address: formatAddress(address), reason: textOf(reason) }, reason),
      )
    }
    socket.setTimeout(timeoutMs, () => fail(`no answer within ${timeoutMs} ms`))
    socket.once('error', fail)
    socket.once('connect', () => {
      socket.setTimeout(0)
      socket.removeAllListeners('timeout')
      socket.removeListener('error', fail)
      opened.resolve(socket)
    })
    return opened.promise
  },

  listen(address, onConnection) {
    const opened = deferred<Listener>()
    const server = createServer({ noDelay: true }, onConnection)
    const fail = (failure: unknown): void => {
      const text = formatAddress(address)
      opened.reject(
        codeOf(failure) === 'EADDRINUSE'
          ? networkErrors.RMQ_PORT_IN_USE({ address: text }, failure)
          : networkErrors.RMQ_LISTEN_FAILED({ address: text, reason: textOf(failure) }, failure),
      )
    }
    server.once('error', fail)
    server.listen({ host: address.host, port: address.port, backlog: 1024 }, () => {
      const bound = server.address()
      const port = typeof bound === 'object' && bound !== null ? bound.port : address.port
      opened.resolve({
        address: { host: address.host, port },
        // Node calls back only when the last connection is gone; connections are their owner's business, so do not
        // wait.
        [Symbol.asyncDispose]: async () => {
          server.close()
        },
      })
    })
    return opened.promise
  },
}
