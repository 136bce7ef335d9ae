import { defineLayout, field } from '../../base/bytes/index.ts'
import { encodeProperties } from '../properties.ts'

/** One message of a batch on its way to the broker. */
export interface BatchItem {
  readonly body: Uint8Array
  readonly flag: number
  /** As one string already, or by name. */
  readonly properties: string | Readonly<Record<string, string>>
}

/**
 * One message of a batch: the body of a batch send, and of an inner batch’s record, is made of these. Apache:
 * `MessageDecoder.encodeMessage` (5.3.3).
 */
export const BATCH_LAYOUT = defineLayout(
  {
    totalSize: field.int32('Bytes of this message.'),
    magic: field.int32('0.'),
    bodyCrc: field.int32('0.'),
    flag: field.int32('The sender’s flag.'),
    bodyLength: field.int32('B.'),
  },
  [
    { name: 'body', type: 'B bytes', length: 'B', meaning: 'Never compressed by itself.' },
    { name: 'propertiesLength', type: 'int16', length: '2', meaning: 'P.' },
    { name: 'properties', type: 'P bytes', length: 'P', meaning: 'As in a record.' },
  ],
)

const PART = { ...BATCH_LAYOUT.at, body: BATCH_LAYOUT.bytes } as const

/** Of the smallest message: no body, no properties. */
const FIXED_BYTES = PART.body + 2

/** Writes the body of a batch send. Apache: `MessageDecoder.encodeMessages`. */
export function encodeBatch(items: readonly BatchItem[]): Buffer {
  const parts: Buffer[] = []
  for (const item of items) {
    const properties = Buffer.from(
      typeof item.properties === 'string' ? item.properties : encodeProperties(item.properties),
    )
    const part = Buffer.alloc(FIXED_BYTES + item.body.length + properties.length)
    part.writeInt32BE(part.length, 0)
    part.writeInt32BE(item.flag, PART.flag)
    part.writeInt32BE(item.body.length, PART.bodyLength)
    part.set(item.body, PART.body)
    part.writeInt16BE(properties.length, PART.body + item.body.length)
    part.set(properties, PART.body + item.body.length + 2)
    parts.push(part)
  }
  return Buffer.concat(parts)
}

/** One message of a batch as the broker reads it; both are views into the batch. */
export interface BatchPart {
  readonly flag: number
  readonly body: Buffer
  readonly properties: Buffer
}

/** Reads the body of a batch send; `undefined` when it is not well formed. */
export function decodeBatch(batch: Buffer): BatchPart[] | undefined {
  const parts: BatchPart[] = []
  for (let at = 0; at < batch.length; ) {
    const size = partBytes(batch, at)
    if (size === undefined) return undefined
    const bodyEnd = at + PART.body + batch.readInt32BE(at + PART.bodyLength)
    parts.push({
      flag: batch.readInt32BE(at + PART.flag),
      body: batch.subarray(at + PART.body, bodyEnd),
      properties: batch.subarray(bodyEnd + 2, at + size),
    })
    at += size
  }
  return parts
}

/**
 * How many messages the body of a batch send holds; `undefined` when it is not well formed. Apache: `countInnerMsgNum`.
 */
export function countBatch(batch: Buffer): number | undefined {
  let count = 0
  for (let at = 0; at < batch.length; count++) {
    const size = partBytes(batch, at)
    if (size === undefined) return undefined
    at += size
  }
  return count
}

/** Bytes of the message at `at`; `undefined` when there is no whole one. */
function partBytes(batch: Buffer, at: number): number | undefined {
  if (batch.length - at < FIXED_BYTES) return undefined
  const size = batch.readInt32BE(at)
  const bodyBytes = batch.readInt32BE(at + PART.bodyLength)
  if (size < FIXED_BYTES || size > batch.length - at || bodyBytes < 0 || bodyBytes > size - FIXED_BYTES)
    return undefined
  const bodyEnd = at + PART.body + bodyBytes
  const propertyBytes = batch.readInt16BE(bodyEnd)
  return propertyBytes < 0 || bodyEnd + 2 + propertyBytes !== at + size ? undefined : size
}
