import { frameworkErrors } from '../errors.ts'
import type { ErrorMessage } from '../failures/index.ts'
import type { DispatchContext, LiveListener } from './message-listeners.ts'
import type { ParameterPlan } from './plan.ts'
import { sendResult } from './reply.ts'

/**
 * Makes the handler of an error channel of one listener method. An unannotated parameter, or one with `@Payload`, gets
 * what was thrown; `@Message` gets the whole {@link ErrorMessage}; headers are those of the message that failed. What
 * the method returns goes to its `@SendTo`.
 */
export function dispatchError(
  { plan, service }: LiveListener,
  context: DispatchContext,
): (error: ErrorMessage) => Promise<void> {
  return async (error) => {
    const view = { headers: error.headers, payload: (): unknown => error.payload }
    if (plan.condition !== undefined && !plan.condition(view)) return
    const method = (service as Record<string | symbol, (...args: readonly unknown[]) => unknown>)[plan.member]
    const args = plan.parameters.map((parameter) => argumentFor(parameter, error, plan.listener))
    const result = await method?.apply(service, args)
    if (plan.output === undefined) return
    const headers = plan.copyHeaders ? error.headers : undefined
    const { isTransportHeader } = context
    await sendResult(result, { output: context.output(plan.output), headers, isTransportHeader })
  }
}

function argumentFor(parameter: ParameterPlan, error: ErrorMessage, listener: string): unknown {
  switch (parameter.kind) {
    case 'payload':
      return error.payload
    case 'message':
      return error
    case 'headers':
      return error.headers
    case 'header': {
      const value = error.headers[parameter.name] ?? parameter.defaultValue
      if (value === undefined && parameter.required)
        throw frameworkErrors.RMQ_HEADER_MISSING({ listener, header: parameter.name })
      return value
    }
    default:
      return undefined
  }
}
