import { addParameter, type PayloadSpec } from './metadata.ts'

/**
 * Parameter decorator: this parameter gets the payload.
 *
 * @param type  what it becomes: a class, `String`, `Buffer`, `Number`, `Boolean`, `Object`, a schema (zod, valibot,
 *   arktype: any Standard Schema), or `{ type, array: true }`. Default: the parsed value of a JSON object or array,
 *   else the text.
 */
export function Payload(type?: PayloadSpec): ParameterDecorator {
  return (target, member, index) => addParameter(target, member, { index, kind: 'payload', type })
}
