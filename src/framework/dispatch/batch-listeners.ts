import type { InboundChannel, Message, RawBatchHandler } from '../channels/index.ts'
import { Item, withItems } from '../reactive/index.ts'
import { argumentsFor } from './arguments.ts'
import { failsAt, reasonAt } from './batch-failed.ts'
import type { DispatchContext, LiveListener } from './message-listeners.ts'
import type { ListenerPlan } from './plan.ts'
import { sendResult } from './reply.ts'

/**
 * Makes the one subscriber of a channel in batch mode that stands for all its listener methods. Each method gets those
 * messages for which its condition holds, as lists: payloads, and a list per header. A message that cannot be converted
 * is given back alone. Spring: `batch-mode`.
 */
export function dispatchBatchTo(
  listeners: readonly LiveListener[],
  channel: InboundChannel,
  context: DispatchContext,
): RawBatchHandler {
  return async (messages) => {
    const failures = new Map<number, unknown>()
    const heard = new Set<number>()
    for (const listener of listeners) {
      const places: number[] = []
      for (const [place, message] of messages.entries()) {
        if (failures.has(place)) continue
        try {
          if (!holds(listener.plan, message, channel)) continue
          heard.add(place)
          places.push(place)
        } catch (failure) {
          failures.set(place, failure)
        }
      }
      if (places.length > 0) await callWith(listener, places, messages, { channel, context, failures })
    }
    const unheard = messages.length - heard.size - [...failures.keys()].filter((place) => !heard.has(place)).length
    if (unheard > 0)
      context.logger.warn(`${channel.name}: no listener's condition holds for ${unheard} messages; they count as done`)
    return failures
  }
}

interface BatchCall {
  readonly channel: InboundChannel
  readonly context: DispatchContext
  readonly failures: Map<number, unknown>
}

function holds(plan: ListenerPlan, message: Message<Buffer>, channel: InboundChannel): boolean {
  return plan.condition?.({ headers: message.headers, payload: () => channel.natural(message).payload }) ?? true
}

/** Calls one method with its part of the batch and notes what is given back. */
async function callWith(
  { plan, service }: LiveListener,
  wanted: readonly number[],
  messages: readonly Message<Buffer>[],
  { channel, context, failures }: BatchCall,
): Promise<void> {
  const converted: { readonly place: number; readonly args: readonly unknown[]; readonly message: Message<Buffer> }[] =
    []
  for (const place of wanted) {
    const message = messages[place] as Message<Buffer>
    try {
      converted.push({ place, args: await Promise.all(argumentsFor(plan, message, channel)), message })
    } catch (failure) {
      failures.set(place, failure)
    }
  }
  if (converted.length === 0) return
  const items = converted.map(() => new Item(plan.listener, false))
  const headers = batchHeaders(converted.map(({ message }) => message))
  const args = plan.parameters.map((parameter, index) => {
    const list = converted.map((one) => one.args[index])
    if (parameter.kind === 'headers') return headers
    if (parameter.kind !== 'message') return list
    return withItems({ payload: list.map((message) => (message as Message).payload), headers }, items)
  })
  let refusal: { readonly reason: unknown } | undefined
  try {
    const method = (service as Record<string | symbol, (...args: readonly unknown[]) => unknown>)[plan.member]
    const result = await method?.apply(service, args)
    if (plan.output !== undefined) {
      const { isTransportHeader } = context
      await sendResult(result, {
        output: context.output(plan.output),
        headers: undefined,
        isTransportHeader,
        batch: true,
      })
    }
  } catch (reason) {
    refusal = { reason }
  }
  for (const [at, { place }] of converted.entries()) {
    const item = items[at] as Item
    if (item.settled) await item.done.catch((failure: unknown) => failures.set(place, failure))
    else if (refusal !== undefined && failsAt(refusal.reason, at)) failures.set(place, reasonAt(refusal.reason, at))
  }
}

/** A list per header, with one entry per message; of a message without it the entry is `undefined`. */
function batchHeaders(messages: readonly Message<Buffer>[]): Record<string, readonly unknown[]> {
  const names = new Set(messages.flatMap(({ headers }) => Object.keys(headers)))
  return Object.fromEntries([...names].map((name) => [name, messages.map(({ headers }) => headers[name])]))
}
