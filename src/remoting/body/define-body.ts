import { z } from '../../base/schema/index.ts'
import { remotingErrors } from '../errors.ts'
import { parseJson } from './json.ts'

/** A JSON body: its shape, reader and writer. */
export interface Body<Value> {
  /**
   * Reads a body; unknown members are ignored, as Java does.
   * @throws RMQ_BODY_MALFORMED
   */
  decode(bytes: Buffer): Value
  /** Writes standard JSON: integer keys quoted, absent members left out; every known reader takes it. */
  encode(value: Value): Buffer
}

/** Declares a body by its schema. */
export function defineBody<Value>(what: string, schema: z.ZodType<Value>): Body<Value> {
  return {
    decode: (bytes) => readWithSchema(parseJson(bytes, what), schema, what),
    encode: (value) => Buffer.from(JSON.stringify(value)),
  }
}

/**
 * Checks a value that was read from JSON.
 * @throws RMQ_BODY_MALFORMED
 */
export function readWithSchema<Value>(value: unknown, schema: z.ZodType<Value>, what: string): Value {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw remotingErrors.RMQ_BODY_MALFORMED({ what, reason: z.prettifyError(parsed.error).replaceAll('\n', ' ') })
}
