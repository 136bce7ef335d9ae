import { defineLayout, field } from '../../base/bytes/index.ts'

/** Bytes of a host: address and port. */
export const HOST_BYTES = { v4: 8, v6: 20 } as const

const HOST = `${HOST_BYTES.v4} or ${HOST_BYTES.v6} bytes`

/**
 * The stored record: one layout for the commit log, pull replies and replication. Offsets hold for IPv4 hosts; each
 * IPv6 host moves what follows it by 12 bytes, see `locate.ts`. Apache: `MessageExtEncoder`, `MessageDecoder` (5.3.3).
 */
export const RECORD_LAYOUT = defineLayout(
  {
    totalSize: field.int32('Bytes of the whole record.'),
    magic: field.int32('`DAA320A7`: version 1; `DAA320AB`: version 2, for topics longer than 127 bytes.'),
    bodyCrc: field.int32('CRC-32 of the body as stored, without its sign bit; 0 without a body.'),
    queueId: field.int32('Queue of the topic.'),
    flag: field.int32('The sender’s flag, which means nothing here.'),
    queueOffset: field.int64(
      'Place in the queue; 0 for half messages and roll-backs, the first of several for an inner batch.',
    ),
    physicalOffset: field.int64('Position of this record in the log.'),
    sysFlag: field.int32('Bits, see below.'),
    bornTimestamp: field.int64('When the producer sent it, by its clock, epoch ms.'),
    bornHost: field.bytes(
      HOST_BYTES.v4,
      HOST,
      'Address of the producer (4 bytes, or 16 when bit `0x10` is set), then its port as int32.',
    ),
    storeTimestamp: field.int64('When the broker stored it, epoch ms.'),
    storeHost: field.bytes(
      HOST_BYTES.v4,
      HOST,
      'Address of the broker (4 bytes, or 16 when bit `0x20` is set), then its port as int32.',
    ),
    reconsumeTimes: field.int32('How often a consumer gave it back.'),
    preparedTransactionOffset: field.int64('Of a committed message: position of its half message.'),
    bodyLength: field.int32('B.'),
  },
  [
    { name: 'body', type: 'B bytes', length: 'B', meaning: 'Compressed when bit `0x1` is set.' },
    { name: 'topicLength', type: 'int8 or int16', length: 'L', meaning: 'T; L is 1 in version 1, 2 in version 2.' },
    { name: 'topic', type: 'T bytes', length: 'T', meaning: 'UTF-8.' },
    { name: 'propertiesLength', type: 'int16', length: '2', meaning: 'P, at most 32,767.' },
    {
      name: 'properties',
      type: 'P bytes',
      length: 'P',
      meaning: 'UTF-8: name, byte `01`, value, byte `02`, and so on; of a repeated name the last counts.',
    },
  ],
)

/** Offsets of {@link RECORD_LAYOUT}. */
export const RECORD = { ...RECORD_LAYOUT.at, body: RECORD_LAYOUT.bytes } as const

/** First four bytes after the size. V2 has a two-byte topic length, for topics longer than 127. */
export const MAGIC = { v1: 0xdaa320a7 | 0, v2: 0xdaa320ab | 0, blank: 0xcbd43194 | 0 } as const

/** The blank record that closes a log file; what follows it to the end of the file is undefined. */
export const BLANK_LAYOUT = defineLayout({
  totalSize: field.int32('Bytes from here to the end of the file, at least 8.'),
  magic: field.int32('`CBD43194`.'),
})

/** Bytes of the blank record that closes a file: size and magic. */
export const BLANK_BYTES = BLANK_LAYOUT.bytes

/** Smallest record: IPv4 hosts, no body, no topic, no properties. */
export const RECORD_BYTES_MIN = RECORD_LAYOUT.bytes + 1 + 2
