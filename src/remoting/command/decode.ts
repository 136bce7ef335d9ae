// Hot path: every frame that comes in passes here.
import { textOf } from '../../base/errors/index.ts'
import { LANGUAGES } from '../codes.ts'
import { remotingErrors } from '../errors.ts'
import type { RawFields } from '../fields.ts'
import { type Command, SERIALIZE_TYPE } from './command.ts'

const NO_FIELDS: RawFields = Object.freeze({})
const NO_BODY = Buffer.alloc(0)

/**
 * Reads the frame whose length field is at `start` and whose last byte is before `end`.
 * @throws RMQ_FRAME_MALFORMED
 */
export function decodeFrame(bytes: Buffer, start: number, end: number): Command {
  if (end - start < 8) throw malformed(`a frame of ${end - start} bytes has no header`)
  const type = bytes.readUInt8(start + 4)
  const headerEnd = start + 8 + bytes.readUIntBE(start + 5, 3)
  if (headerEnd > end) throw malformed(`a header of ${headerEnd - start - 8} bytes does not fit its frame`)
  const body = headerEnd === end ? NO_BODY : bytes.subarray(headerEnd, end)
  if (type === SERIALIZE_TYPE.json) return fromJson(bytes, start + 8, headerEnd, body)
  if (type === SERIALIZE_TYPE.rocketmq) return fromBinary(bytes, start + 8, headerEnd, body)
  throw malformed(`header serialization ${type} is unknown`)
}

function malformed(reason: string, cause?: unknown): Error {
  return remotingErrors.RMQ_FRAME_MALFORMED({ reason }, cause)
}

interface JsonHeader {
  readonly code?: unknown
  readonly language?: unknown
  readonly version?: unknown
  readonly opaque?: unknown
  readonly flag?: unknown
  readonly remark?: unknown
  readonly extFields?: unknown
}

function fromJson(bytes: Buffer, start: number, end: number, body: Buffer): Command {
  let header: JsonHeader
  try {
    header = JSON.parse(bytes.toString('utf8', start, end)) as JsonHeader
  } catch (failure) {
    throw malformed(`its JSON header cannot be parsed (${textOf(failure)})`, failure)
  }
  if (typeof header !== 'object' || header === null) throw malformed('its JSON header is not an object')
  const { code, opaque } = header
  if (typeof code !== 'number' || typeof opaque !== 'number') throw malformed('its JSON header has no code or opaque')
  return {
    code,
    language: typeof header.language === 'string' ? header.language : (LANGUAGES[Number(header.language)] ?? 'OTHER'),
    version: typeof header.version === 'number' ? header.version : 0,
    opaque,
    flag: typeof header.flag === 'number' ? header.flag : 0,
    remark: typeof header.remark === 'string' ? header.remark : undefined,
    fields: header.extFields == null ? NO_FIELDS : textFields(header.extFields),
    body,
  }
}

/** Java accepts numbers and booleans as values, so some clients send them. */
function textFields(extFields: unknown): RawFields {
  if (typeof extFields !== 'object' || extFields === null) throw malformed('its extFields are not an object')
  const fields = extFields as Record<string, unknown>
  for (const name in fields) {
    const value = fields[name]
    if (typeof value !== 'string') fields[name] = value === null ? undefined : String(value)
  }
  return fields as RawFields
}

const FIXED_BYTES = 21

function fromBinary(bytes: Buffer, start: number, end: number, body: Buffer): Command {
  if (end - start < FIXED_BYTES) throw malformed(`a binary header of ${end - start} bytes is too short`)
  const remarkStart = start + 17
  const remarkEnd = remarkStart + bytes.readInt32BE(start + 13)
  if (remarkEnd < remarkStart || remarkEnd + 4 > end) throw malformed('its remark passes its end')
  const fieldsStart = remarkEnd + 4
  const fieldsEnd = fieldsStart + bytes.readInt32BE(remarkEnd)
  if (fieldsEnd < fieldsStart || fieldsEnd > end) throw malformed('its fields pass its end')
  return {
    code: bytes.readInt16BE(start),
    language: LANGUAGES[bytes.readUInt8(start + 2)] ?? 'OTHER',
    version: bytes.readInt16BE(start + 3),
    opaque: bytes.readInt32BE(start + 5),
    flag: bytes.readInt32BE(start + 9),
    remark: remarkEnd === remarkStart ? undefined : bytes.toString('utf8', remarkStart, remarkEnd),
    fields: binaryFields(bytes, fieldsStart, fieldsEnd),
    body,
  }
}

function binaryFields(bytes: Buffer, start: number, end: number): RawFields {
  if (start === end) return NO_FIELDS
  const fields: Record<string, string> = {}
  let at = start
  while (at < end) {
    const nameStart = at + 2
    const nameEnd = nameStart + (nameStart <= end ? bytes.readInt16BE(at) : end)
    if (nameEnd < nameStart || nameEnd + 4 > end) throw malformed('a field name passes its end')
    const valueStart = nameEnd + 4
    const valueEnd = valueStart + bytes.readInt32BE(nameEnd)
    if (valueEnd < valueStart || valueEnd > end) throw malformed('a field value passes its end')
    fields[bytes.toString('latin1', nameStart, nameEnd)] = bytes.toString('utf8', valueStart, valueEnd)
    at = valueEnd
  }
  return fields
}
