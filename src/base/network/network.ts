import type { Duplex } from 'node:stream'

/** A TCP address. */
export interface Address {
  readonly host: string
  /** 0 when listening means: any free port. */
  readonly port: number
}

/** One end of a connection. `net.Socket` fits; so does the in-memory form of tests. */
export interface Connection extends Duplex {
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
  readonly localAddress?: string | undefined
  readonly localPort?: number | undefined
}

/** An open server socket; disposing it stops listening and leaves accepted connections alone. */
export interface Listener extends AsyncDisposable {
  /** The address really bound. */
  readonly address: Address
}

/** The network as a port. */
export interface Network {
  /**
   * Opens a connection.
   * @throws RMQ_CONNECT_FAILED  refused, unreachable, or not established within `timeoutMs`
   */
  connect(address: Address, options: { readonly timeoutMs: number }): Promise<Connection>
  /**
   * Listens; `onConnection` gets every accepted connection.
   * @throws RMQ_PORT_IN_USE  another process has the port
   * @throws RMQ_LISTEN_FAILED  any other reason
   */
  listen(address: Address, onConnection: (connection: Connection) => void): Promise<Listener>
}

/** `host:port`, an IPv6 host in brackets. */
export function formatAddress(address: Address): string {
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`
}

/** Reads `host:port` or `[v6]:port`; `undefined` if it is neither. */
export function parseAddress(text: string): Address | undefined {
  const match = /^\s*(?:\[([^\]]+)\]|([^\s:]+)):(\d{1,5})\s*$/.exec(text)
  if (match === null) return undefined
  const port = Number(match[3])
  return port > 65_535 ? undefined : { host: (match[1] ?? match[2]) as string, port }
}
