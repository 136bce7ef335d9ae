// Hot path: with `enabledAppendPropCRC` every stored message passes here.

import { crc32At } from '../../base/bytes/index.ts'

const ENTRY_END = 2
const NAME = '__CRC32#\u0001'
const NAME_BYTES = Buffer.from(NAME)
const DIGITS = 10
const DIGIT_ZERO = 0x30

/** Bytes at the end of a record that hold its own checksum: name, separator, ten digits, separator. */
export const PROPERTY_CRC_BYTES = NAME_BYTES.length + DIGITS + 1

/**
 * Bytes that the checksum adds to these properties: itself, and the separator where the properties do not end with one.
 */
export function propertyCrcBytes(properties: string | Buffer): number {
  const { length } = properties
  const last = typeof properties === 'string' ? properties.charCodeAt(length - 1) : properties[length - 1]
  return PROPERTY_CRC_BYTES + (length > 0 && last !== ENTRY_END ? 1 : 0)
}

/**
 * Writes the checksum of the record of `size` bytes at `at` as its last property, for which {@link propertyCrcBytes}
 * have been left behind the others: CRC-32 of all before it, ten digits from the least significant one on. Apache:
 * `MessageDecoder.createCrc32` (5.3.3).
 */
export function writePropertyCrc(bytes: Buffer, at: number, size: number, crcBytes: number): void {
  const crcAt = at + size - PROPERTY_CRC_BYTES
  if (crcBytes > PROPERTY_CRC_BYTES) bytes[crcAt - 1] = ENTRY_END
  bytes.set(NAME_BYTES, crcAt)
  let rest = crc32At(bytes, at, crcAt)
  for (let digit = 0; digit < DIGITS; digit++) {
    bytes[crcAt + NAME_BYTES.length + digit] = DIGIT_ZERO + (rest % 10)
    rest = Math.floor(rest / 10)
  }
  bytes[at + size - 1] = ENTRY_END
}

/** Whether the record of `size` bytes at `at` is as its checksum says; `undefined` when it has none. */
export function matchesPropertyCrc(bytes: Buffer, at: number, size: number, propertiesAt: number): boolean | undefined {
  const crcAt = at + size - PROPERTY_CRC_BYTES
  if (crcAt < propertiesAt) return undefined
  for (let index = 0; index < NAME_BYTES.length; index++) {
    if (bytes[crcAt + index] !== NAME_BYTES[index]) return undefined
  }
  let expected = 0
  for (let digit = DIGITS - 1; digit >= 0; digit--) {
    expected = expected * 10 + ((bytes[crcAt + NAME_BYTES.length + digit] as number) - DIGIT_ZERO)
  }
  return bytes[at + size - 1] === ENTRY_END && crc32At(bytes, at, crcAt) === expected
}

/**
 * The properties without a checksum that they brought along; it was another record's. Apache:
 * `CommitLog.asyncPutMessage` (5.3.3).
 */
export function withoutPropertyCrc<Properties extends string | Buffer>(properties: Properties): Properties {
  if (!properties.includes(NAME)) return properties
  const text = typeof properties === 'string' ? properties : properties.toString('utf8')
  const kept = text
    .split('\u0002')
    .filter((entry) => !entry.startsWith(NAME))
    .join('\u0002')
  return (typeof properties === 'string' ? kept : Buffer.from(kept)) as Properties
}
