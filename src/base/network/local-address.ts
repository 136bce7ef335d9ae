import { networkInterfaces } from 'node:os'

/**
 * This machine's address as others see it: the first IPv4 address that is not loopback, public before private, else
 * 127.0.0.1. Apache: `NetworkUtil.getLocalAddress`.
 */
export function localAddress(): string {
  const addresses = Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .filter((entry) => entry.family === 'IPv4' && !entry.internal)
    .map((entry) => entry.address)
  return addresses.find((address) => !isPrivate(address)) ?? addresses.at(-1) ?? '127.0.0.1'
}

function isPrivate(address: string): boolean {
  return /^(10\.|192\.168\.|127\.|172\.(1[6-9]|2\d|3[01])\.)/.test(address)
}
