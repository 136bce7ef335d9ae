import type { AnyClass, PayloadSchema, PayloadSpec, PayloadType } from '../../../decorators/index.ts'
import { textOf } from '../../base/errors/index.ts'
import { frameworkErrors } from '../errors.ts'
import { contentKind } from './content-type.ts'

/** Longest beginning of a payload that an error shows. */
const SHOWN_CHARACTERS_MAX = 80

/**
 * A body as an unannotated parameter gets it. There are no types at run time that would say more, so the body decides:
 * JSON objects and arrays are parsed; any other text, even under a JSON content type, stays as it was sent, because
 * plain producers send plain text under it. Other content types give the bytes.
 */
export function naturalPayload(body: Buffer, contentType: string): unknown {
  if (contentKind(contentType) === 'bytes') return body
  const text = body.toString('utf8')
  if (contentKind(contentType) === 'text' || !/^\s*[[{]/.test(text)) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/**
 * Turns a body into what `@Payload(spec)` asked for; without `spec` as {@link naturalPayload}. Only a schema may answer
 * with a promise.
 * @throws RMQ_PAYLOAD_UNREADABLE  the body has not that form
 * @throws RMQ_PAYLOAD_INVALID  it does not fit the schema
 */
export function convertPayload(body: Buffer, contentType: string, spec: PayloadSpec | undefined): unknown {
  if (spec === undefined) return naturalPayload(body, contentType)
  const conversion = { body, contentType, shown: shownStart(body) }
  if (!isShape(spec)) return convertTo(spec, conversion)
  if (!spec.array) return convertTo(spec.type, conversion)
  const items = parseJson(conversion, 'an array')
  if (!Array.isArray(items)) throw unreadable(conversion, 'an array', 'it is another JSON value')
  const converted = items.map((item) => convertValue(item, spec.type, conversion))
  return converted.some((item) => item instanceof Promise) ? Promise.all(converted) : converted
}

interface Conversion {
  readonly body: Buffer
  readonly contentType: string
  readonly shown: string
}

function convertTo(type: PayloadType, conversion: Conversion): unknown {
  if (type === String) return conversion.body.toString('utf8')
  if (isBytesType(type)) return conversion.body
  if (isSchema(type) && contentKind(conversion.contentType) === 'text')
    return validate(conversion.body.toString('utf8'), type, conversion)
  if (isSchema(type)) return validate(jsonOrText(conversion.body), type, conversion)
  return convertValue(parseJson(conversion, nameOf(type)), type, conversion)
}

/** From a parsed JSON value to a type. */
function convertValue(value: unknown, type: PayloadType, conversion: Conversion): unknown {
  if (isSchema(type)) return validate(value, type, conversion)
  if (type === String) return typeof value === 'string' ? value : JSON.stringify(value)
  if (type === Number || type === Boolean) {
    if (typeof value === (type === Number ? 'number' : 'boolean')) return value
    throw unreadable(conversion, nameOf(type), 'it is another JSON value')
  }
  if (type === Object || type === Array) return value
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw unreadable(conversion, nameOf(type), 'it is not a JSON object')
  return instanceOf(type as AnyClass, value)
}

/**
 * An instance with the JSON's fields. A class whose constructor takes no arguments is constructed, for its defaults.
 */
function instanceOf(type: AnyClass, fields: object): object {
  const instance: object =
    type.length === 0 ? Reflect.construct(type as unknown as new () => object, []) : Object.create(type.prototype)
  for (const [name, value] of Object.entries(fields))
    Object.defineProperty(instance, name, { value, writable: true, enumerable: true, configurable: true })
  return instance
}

function validate(value: unknown, schema: PayloadSchema, conversion: Conversion): unknown {
  const judge = (verdict: Awaited<ReturnType<PayloadSchema['~standard']['validate']>>): unknown => {
    if (verdict.issues === undefined) return verdict.value
    const issues = verdict.issues.map(({ message, path }) => `${pathText(path)}${message}`)
    throw frameworkErrors.RMQ_PAYLOAD_INVALID({ issues, start: conversion.shown })
  }
  const verdict = schema['~standard'].validate(value)
  return verdict instanceof Promise ? verdict.then(judge) : judge(verdict)
}

function pathText(path: readonly unknown[] | undefined): string {
  if (path === undefined || path.length === 0) return ''
  const keys = path.map((part) => String(typeof part === 'object' && part !== null && 'key' in part ? part.key : part))
  return `${keys.join('.')}: `
}

function parseJson(conversion: Conversion, wanted: string): unknown {
  try {
    return JSON.parse(conversion.body.toString('utf8'))
  } catch (failure) {
    throw unreadable(conversion, wanted, textOf(failure), failure)
  }
}

/** What a schema judges: the JSON value, or the text when it is none. */
function jsonOrText(body: Buffer): unknown {
  const text = body.toString('utf8')
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function unreadable(conversion: Conversion, wanted: string, reason: string, cause?: unknown): Error {
  const { contentType, shown } = conversion
  return frameworkErrors.RMQ_PAYLOAD_UNREADABLE({ wanted, contentType, reason, start: shown }, cause)
}

function shownStart(body: Buffer): string {
  return JSON.stringify(body.toString('utf8', 0, SHOWN_CHARACTERS_MAX))
}

function isShape(spec: PayloadSpec): spec is { readonly type: PayloadType; readonly array: boolean } {
  return typeof spec === 'object' && 'type' in spec && 'array' in spec && !('~standard' in spec)
}

/** Schemas of some libraries are functions, so that the property decides. */
function isSchema(type: PayloadType): type is PayloadSchema {
  return '~standard' in type
}

function isBytesType(type: PayloadType): boolean {
  return type === Buffer || type === Uint8Array
}

function nameOf(type: PayloadType): string {
  return typeof type === 'function' ? type.name : 'a value of its schema'
}
