import type { BatchInboundHandler, BoundConsumer, InboundHandler } from '../binder/index.ts'
import type { Message } from '../channels/index.ts'
import { attemptsOf, type RetryPolicy, withBatchRetry, withRetry } from '../dispatch/index.ts'
import { inputErrorChannel, recoverInput } from '../failures/index.ts'
import type { BindContext } from './bind.ts'
import { inputBinding } from './binding.ts'
import { binderProperties } from './policies.ts'
import { attemptsPolicy, type BoundInput, explained, own, recoveryContext, type Target, topicsOf } from './target.ts'

/** Binds an input whose messages are pushed to listeners. */
export async function bindInput(
  {
    facts: {
      name,
      destinations: [list = name],
      binder,
    },
    group,
    open,
  }: Target,
  context: BindContext,
): Promise<BoundInput> {
  const { environment, logger, errors } = context
  const destinations = topicsOf(list)
  const policy = attemptsPolicy(name, context)
  const properties = { ...policy.properties, concurrency: concurrencyOf(name, policy, context) }
  const config = binderProperties(environment, open.type, name, 'consumer', logger)
  const groupOf = (): string => bound.group
  const handler = inboundHandler({ name, destinations, groupOf, policy }, context)
  const bound: BoundConsumer = await explained(name, list, async () => {
    const consumer = await open.binder.bindConsumer({
      binding: name,
      destinations,
      group: group === '' ? undefined : group,
      properties,
      config,
      handler,
      batchHandler: properties.batchMode ? batchHandler({ name, destinations, groupOf, policy }, context) : undefined,
    })
    own(context.inputs, consumer, `input ${name}`, context)
    return consumer
  })
  for (const destination of destinations) errors.declare(inputErrorChannel(destination, bound.group))
  return {
    binding: inputBinding({ name, destinations, binder }, bound),
    async start() {
      if (properties.autoStartup) await explained(name, list, () => bound.start())
      logger.info(
        `input ${name} ← ${destinations.join(', ')}, group ${bound.group}, ${properties.concurrency} at a time: ` +
          `${attemptsOf(policy)} in-process × ${bound.policy}`,
      )
    },
  }
}

/** Items of a stream that may be open, unless the listener or the binding says. */
const STREAM_IN_FLIGHT = 256

/** A stream may hold many messages at a time; a listener that is called per message has as many as it has calls. */
function concurrencyOf(name: string, { properties }: RetryPolicy, { streams }: BindContext): number {
  if (!streams.has(name)) return properties.concurrency
  return streams.get(name) ?? (properties.concurrency > 1 ? properties.concurrency : STREAM_IN_FLIGHT)
}

interface Inbound {
  readonly name: string
  readonly destinations: readonly string[]
  readonly groupOf: () => string
  readonly policy: RetryPolicy
}

function inboundHandler({ name, destinations, groupOf, policy }: Inbound, context: BindContext): InboundHandler {
  const { channels, clock, logger, closing } = context
  const channel = channels.inputs.get(name)
  const recovery = recoveryContext(name, context)
  const retry = { binding: name, clock, logger, signal: closing }
  return (message, destination = destinations[0] ?? name) => {
    const recover = (failure: unknown, attempts: number): Promise<void> =>
      recoverInput({ failure, message, destination, group: groupOf(), attempts }, recovery)
    return withRetry(async () => channel?.deliver(message), policy, { ...retry, recover })
  }
}

/** As {@link inboundHandler} for batches: each message that failed at last is decided about by itself. */
function batchHandler({ name, destinations, groupOf, policy }: Inbound, context: BindContext): BatchInboundHandler {
  const { channels, clock, logger, closing } = context
  const channel = channels.inputs.get(name)
  const recovery = recoveryContext(name, context)
  const retry = { binding: name, clock, logger, signal: closing }
  return async (messages) => {
    const messageAt = (place: number): Message<Buffer> => messages[place] as Message<Buffer>
    const deliver = async (places: readonly number[]): Promise<ReadonlyMap<number, unknown>> => {
      const failures = await channel?.deliverBatch(places.map(messageAt))
      return new Map([...(failures ?? [])].map(([at, failure]) => [places[at] as number, failure]))
    }
    const failures = await withBatchRetry(messages.length, deliver, policy, retry)
    if (closing.aborted) return failures
    const destination = destinations[0] ?? name
    const decided = [...failures].map(async ([place, failure]): Promise<[number, unknown][]> => {
      const attempts = attemptsOf(policy)
      const told = { failure, message: messageAt(place), destination, group: groupOf(), attempts }
      return recoverInput(told, recovery).then(
        () => [],
        (reason: unknown) => [[place, reason]],
      )
    })
    return new Map((await Promise.all(decided)).flat())
  }
}
