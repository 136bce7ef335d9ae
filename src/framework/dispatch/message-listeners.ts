import { isObservable, lastValueFrom } from 'rxjs'
import type { Logger } from '../../base/log/index.ts'
import type { InboundChannel, Message, MessageChannel } from '../channels/index.ts'
import { argumentsFor } from './arguments.ts'
import type { ListenerPlan } from './plan.ts'
import { sendResult } from './reply.ts'

/** A planned listener and the object whose method it is. */
export interface LiveListener {
  readonly plan: ListenerPlan
  readonly service: object
}

/** What dispatching needs of the application. */
export interface DispatchContext {
  readonly output: (name: string) => MessageChannel
  readonly isTransportHeader: (name: string) => boolean
  readonly logger: Logger
}

/**
 * Makes the one subscriber of a channel that stands for all its listener methods: those whose condition holds run one
 * after another; the first failure ends the message's turn, and all of them see it again. Spring:
 * `DispatchingStreamListenerMessageHandler`.
 */
export function dispatchTo(
  listeners: readonly LiveListener[],
  channel: InboundChannel,
  context: DispatchContext,
): (message: Message<Buffer>) => Promise<void> {
  const spoken = new Set<string>()
  const callOne = caller(channel, context, spoken)
  return async (message) => {
    let payload: unknown
    let read = false
    const view = {
      headers: message.headers,
      payload: (): unknown => {
        if (!read) payload = channel.natural(message).payload
        read = true
        return payload
      },
    }
    const willing = listeners.filter(({ plan }) => plan.condition?.(view) ?? true)
    if (willing.length === 0)
      context.logger.warn(`${channel.name}: no listener's condition holds for a message; it counts as done`)
    for (const listener of willing) await callOne(listener, message)
  }
}

function caller(
  channel: InboundChannel,
  context: DispatchContext,
  spoken: Set<string>,
): (listener: LiveListener, message: Message<Buffer>) => Promise<void> {
  return async ({ plan, service }, message) => {
    const args = await Promise.all(argumentsFor(plan, message, channel))
    const method = (service as Record<string | symbol, (...args: readonly unknown[]) => unknown>)[plan.member]
    const returned = await method?.apply(service, [...args])
    // Without a target its items go nowhere, but its end still decides about the message.
    const isWork = plan.output === undefined && isObservable(returned)
    const result = isWork ? await lastValueFrom(returned, { defaultValue: undefined }) : returned
    if (plan.output !== undefined) {
      const headers = plan.copyHeaders ? message.headers : undefined
      const output = context.output(plan.output)
      await sendResult(result, { output, headers, isTransportHeader: context.isTransportHeader, batch: plan.split })
    } else if (result !== undefined && result !== null && !spoken.has(plan.listener)) {
      spoken.add(plan.listener)
      context.logger.warn(`${plan.listener} returns a value and has no @SendTo; its values are dropped`)
    }
  }
}
