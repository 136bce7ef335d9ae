import { textOf } from '../../base/errors/index.ts'
import { frameworkErrors } from '../errors.ts'
import { contentKind } from './content-type.ts'

/** A finished body and the content type that describes it. */
export interface Body {
  readonly body: Buffer
  readonly contentType: string
}

/**
 * Writes a payload under a content type. Bytes go as they are; text goes as UTF-8 without quotes, also as JSON, so that
 * what is JSON text already stays so; anything else is written as JSON, or with `String()` under `text/*`.
 * @throws RMQ_PAYLOAD_UNSENDABLE  there is no payload, or it has no such form
 */
export function toBody(payload: unknown, contentType: string, channel: string): Body {
  if (Buffer.isBuffer(payload)) return { body: payload, contentType }
  if (payload instanceof Uint8Array)
    return { body: Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength), contentType }
  const kind = contentKind(contentType)
  if (typeof payload === 'string') {
    const described = /^application\/octet-stream\b/i.test(contentType) ? 'text/plain' : contentType
    return { body: Buffer.from(payload, 'utf8'), contentType: described }
  }
  if (payload === undefined || payload === null) throw unsendable(channel, contentType, `it is ${payload}`)
  if (kind === 'text') return { body: Buffer.from(String(payload), 'utf8'), contentType }
  if (kind === 'bytes') throw unsendable(channel, contentType, 'only bytes and text can')
  return { body: Buffer.from(jsonText(payload, contentType, channel), 'utf8'), contentType }
}

function jsonText(payload: unknown, contentType: string, channel: string): string {
  let text: string | undefined
  try {
    text = JSON.stringify(payload)
  } catch (failure) {
    throw unsendable(channel, contentType, textOf(failure), failure)
  }
  if (text === undefined) throw unsendable(channel, contentType, `JSON has no form for a ${typeof payload}`)
  return text
}

function unsendable(channel: string, contentType: string, reason: string, cause?: unknown): Error {
  return frameworkErrors.RMQ_PAYLOAD_UNSENDABLE({ channel, contentType, reason }, cause)
}
