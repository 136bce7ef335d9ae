// The network as a port.
export { type AddressList, readAddressList } from './address-list.ts'
export { localAddress } from './local-address.ts'
export { type Address, type Connection, formatAddress, type Listener, type Network, parseAddress } from './network.ts'
export { tcpNetwork } from './tcp.ts'
