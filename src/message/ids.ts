import { isIPv6 } from 'node:net'
import { localAddress } from '../base/network/index.ts'
import { type Random, systemRandom } from '../base/random/index.ts'
import { type Clock, systemClock } from '../base/time/index.ts'

/**
 * Makes unique message ids: 32 upper-case hexadecimal digits of address (4 bytes), process (2), a random number per
 * generator (4), milliseconds since the month began (4), counter (2). Apache: `MessageClientIDSetter`.
 */
export function uniqueIds(clock: Clock = systemClock, random: Random = systemRandom): () => string {
  const fixed = Buffer.alloc(10)
  const address = localAddress()
  for (const [at, part] of address.split('.').entries()) fixed[at] = Number(part)
  fixed.writeUInt16BE(process.pid & 0xffff, 4)
  fixed.writeUInt32BE(random.below(0x7fff_ffff), 6)
  const prefix = fixed.toString('hex').toUpperCase()
  let monthStartMs = 0
  let nextMonthMs = 0
  let counter = 0
  return () => {
    const now = clock.now()
    if (now >= nextMonthMs || now < monthStartMs) {
      const today = new Date(now)
      monthStartMs = new Date(today.getFullYear(), today.getMonth(), 1).getTime()
      nextMonthMs = new Date(today.getFullYear(), today.getMonth() + 1, 1).getTime()
    }
    counter = (counter + 1) & 0xffff
    return prefix + hex(now - monthStartMs, 8) + hex(counter, 4)
  }
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0')
}

/**
 * Store address and commit log position as hexadecimal digits: 32 for IPv4, 56 for IPv6. Apache:
 * `MessageDecoder.createMessageId`.
 */
export function offsetMessageId(storeHost: Buffer, physicalOffset: number): string {
  return storeHost.toString('hex').toUpperCase() + hex(physicalOffset, 16)
}

/** The address bytes (4 or 16) and 4 bytes of port of a stored host. */
export function hostBytes(host: string, port: number): Buffer {
  const address = isIPv6(host) ? ipv6Bytes(host) : host.split('.').map(Number)
  const bytes = Buffer.alloc(address.length + 4)
  bytes.set(address)
  bytes.writeInt32BE(port, address.length)
  return bytes
}

function ipv6Bytes(host: string): number[] {
  const [head = '', tail] = (host.split('%')[0] ?? '').split('::')
  const groups = (text: string): number[] =>
    text === ''
      ? []
      : text.split(':').flatMap((group) => {
          if (group.includes('.')) return group.split('.').map(Number)
          const value = Number.parseInt(group, 16)
          return [value >> 8, value & 0xff]
        })
  const left = groups(head)
  const right = tail === undefined ? [] : groups(tail)
  return [...left, ...new Array<number>(16 - left.length - right.length).fill(0), ...right]
}

/** `host:port` of stored address bytes. */
export function hostText(bytes: Buffer): string {
  const addressLength = bytes.length - 4
  const port = bytes.readInt32BE(addressLength)
  if (addressLength === 4) return `${bytes[0]}.${bytes[1]}.${bytes[2]}.${bytes[3]}:${port}`
  const groups: string[] = []
  for (let at = 0; at < 16; at += 2) groups.push(bytes.readUInt16BE(at).toString(16))
  return `[${groups.join(':')}]:${port}`
}
