/**
 * The stored record: one layout for the commit log, pull replies and replication. Offsets hold for IPv4 hosts; each IPv6
 * host moves what follows it by 12 bytes. Apache: `MessageExtEncoder`, `MessageDecoder`.
 */
export const RECORD = {
  totalSize: 0,
  magic: 4,
  bodyCrc: 8,
  queueId: 12,
  flag: 16,
  queueOffset: 20,
  physicalOffset: 28,
  sysFlag: 36,
  bornTimestamp: 40,
  bornHost: 48,
  storeTimestamp: 56,
  storeHost: 64,
  reconsumeTimes: 72,
  preparedTransactionOffset: 76,
  bodyLength: 84,
  body: 88,
} as const

/** Bytes of a host: address and port. */
export const HOST_BYTES = { v4: 8, v6: 20 } as const

/** First four bytes after the size. V2 has a two-byte topic length, for topics longer than 127. */
export const MAGIC = { v1: 0xdaa320a7 | 0, v2: 0xdaa320ab | 0, blank: 0xcbd43194 | 0 } as const

/** Bytes of the blank record that closes a file: size and magic. */
export const BLANK_BYTES = 8

/** Smallest record: IPv4 hosts, no body, no topic, no properties. */
export const RECORD_BYTES_MIN = 91
