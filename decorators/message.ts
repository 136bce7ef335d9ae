import { addParameter, type PayloadSpec } from './metadata.ts'

/** Parameter decorator, known to users as `@Message(type?)`: this parameter gets the whole message. */
export function FullMessage(type?: PayloadSpec): ParameterDecorator {
  return (target, member, index) => addParameter(target, member, { index, kind: 'message', type })
}
