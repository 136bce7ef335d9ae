import type { InboundChannel, Message } from '../channels/index.ts'
import { convertPayload } from '../convert/index.ts'
import { frameworkErrors } from '../errors.ts'
import type { ListenerPlan, ParameterPlan } from './plan.ts'

/** Prepares the arguments of one call. May give a promise, when a schema answers with one. */
export function argumentsFor(
  plan: ListenerPlan,
  message: Message<Buffer>,
  channel: InboundChannel,
): readonly unknown[] {
  return plan.parameters.map((parameter) => argumentFor(parameter, message, channel, plan.listener))
}

function argumentFor(
  parameter: ParameterPlan,
  message: Message<Buffer>,
  channel: InboundChannel,
  listener: string,
): unknown {
  switch (parameter.kind) {
    case 'payload':
      return convertPayload(message.payload, channel.contentTypeFor(message), parameter.type)
    case 'message':
      return withPayload(message, convertPayload(message.payload, channel.contentTypeFor(message), parameter.type))
    case 'headers':
      return message.headers
    case 'header': {
      const value = message.headers[parameter.name] ?? parameter.defaultValue
      if (value === undefined && parameter.required)
        throw frameworkErrors.RMQ_HEADER_MISSING({ listener, header: parameter.name })
      return value
    }
    default:
      return undefined
  }
}

/** The message with another payload, which may be a promise. */
export function withPayload(message: Message, payload: unknown): Message | Promise<Message> {
  if (payload instanceof Promise)
    return payload.then((value: unknown) => ({ payload: value, headers: message.headers }))
  return { payload, headers: message.headers }
}
