// The network as a port.
export { localAddress } from './local-address.ts'
export { type Address, type Connection, formatAddress, type Listener, type Network, parseAddress } from './network.ts'
export { tcpNetwork } from './tcp.ts'
