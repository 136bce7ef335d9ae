import { textOf } from '../../base/errors/index.ts'
import type { Scope } from '../../base/lifecycle/index.ts'
import type { BatchInboundHandler } from '../binder/index.ts'
import type { Message } from '../channels/index.ts'
import { type RetryPolicy, withBatchRetry, withRetry } from '../dispatch/index.ts'
import { frameworkErrors } from '../errors.ts'
import { type BindersContext, binderOpener, binderTypeOf, type OpenBinder } from './binders.ts'
import { type Binding, type BindingFacts, inputBinding, outputBinding } from './binding.ts'
import type { Channels } from './channels.ts'
import { binderProperties, bindingProperties, producerProperties, retryPolicy } from './policies.ts'

/** What binding needs. */
export interface BindContext extends BindersContext {
  readonly channels: Channels
  /** Owns the outputs. */
  readonly outputs: Scope
  /** Owns the inputs. */
  readonly inputs: Scope
  /** Aborted when closing begins. */
  readonly closing: AbortSignal
  /** Inputs of streams, with how many of their items may be open if the listener says. */
  readonly streams: ReadonlyMap<string, number | undefined>
  /** Stops an end within the time that closing may take. */
  readonly within: (stop: () => Promise<void>, what: string) => Promise<void>
}

/** The two steps of binding, in this order. */
export interface BindingSteps {
  bindOutputs(): Promise<readonly Binding[]>
  bindInputs(): Promise<readonly Binding[]>
}

/** Prepares binding; binders are opened on first use, each once. */
export function prepareBinding(context: BindContext): BindingSteps {
  const openBinder = binderOpener(context)
  const openFor = async (name: string): Promise<{ facts: BindingFacts; group: string; open: OpenBinder }> => {
    const { destination, group, binder: wanted } = bindingProperties(context.environment, name)
    const binder = binderTypeOf(name, wanted, context)
    const open = await openBinder(binder.name, binder.type)
    return { facts: { name, destinations: [destination], binder: binder.name }, group, open }
  }
  return {
    bindOutputs: () =>
      inOrder([...context.channels.outputs.keys()], async (name) => bindOutput(await openFor(name), context)),
    async bindInputs() {
      // All are bound before the first starts: a binder may join inputs of one group, and must know all of them for that.
      const bound = await inOrder([...context.channels.inputs.keys()], async (name) =>
        bindInput(await openFor(name), context),
      )
      return inOrder(bound, async ({ binding, start }) => {
        await start()
        return binding
      })
    },
  }
}

interface Target {
  readonly facts: BindingFacts
  readonly group: string
  readonly open: OpenBinder
}

async function bindOutput({ facts, open }: Target, context: BindContext): Promise<Binding> {
  const { environment, logger } = context
  const { name } = facts
  const destination = facts.destinations[0] ?? name
  const properties = producerProperties(environment, name)
  const config = binderProperties(environment, open.type, name, 'producer', logger)
  const bound = await explained(name, destination, async () => {
    const producer = await open.binder.bindProducer({ binding: name, destination, properties, config })
    own(context.outputs, producer, `output ${name}`, context)
    if (properties.autoStartup) await producer.start()
    return producer
  })
  context.channels.outputs.get(name)?.attach(bound)
  logger.info(`output ${name} → ${destination} (${open.type.name}: ${bound.policy})`)
  return outputBinding(facts, bound)
}

/** An input that does not take messages yet. */
interface BoundInput {
  readonly binding: Binding
  /** Starts it, if it is to start with the application. */
  start(): Promise<void>
}

async function bindInput(
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
  const { environment, logger } = context
  const destinations = list.split(',').map((destination) => destination.trim())
  const policy = retryPolicy(environment, name)
  const properties = { ...policy.properties, concurrency: concurrencyOf(name, policy, context) }
  const config = binderProperties(environment, open.type, name, 'consumer', logger)
  const bound = await explained(name, list, async () => {
    const consumer = await open.binder.bindConsumer({
      binding: name,
      destinations,
      group: group === '' ? undefined : group,
      properties,
      config,
      handler: inboundHandler(name, policy, context),
      batchHandler: properties.batchMode ? batchHandler(name, policy, context) : undefined,
    })
    own(context.inputs, consumer, `input ${name}`, context)
    return consumer
  })
  const { maxAttempts, concurrency } = properties
  logger.info(
    `input ${name} ← ${destinations.join(', ')}, group ${bound.group}, ${concurrency} at a time ` +
      `(${maxAttempts} attempts here; ${open.type.name}: ${bound.policy})`,
  )
  return {
    binding: inputBinding({ name, destinations, binder }, bound),
    start: async () => {
      if (properties.autoStartup) await explained(name, list, () => bound.start())
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

function inboundHandler(
  name: string,
  policy: RetryPolicy,
  { channels, clock, logger, closing }: BindContext,
): (message: Message<Buffer>) => Promise<void> {
  const channel = channels.inputs.get(name)
  const context = { binding: name, clock, logger, signal: closing }
  return (message) => withRetry(async () => channel?.deliver(message), policy, context)
}

function batchHandler(
  name: string,
  policy: RetryPolicy,
  { channels, clock, logger, closing }: BindContext,
): BatchInboundHandler {
  const channel = channels.inputs.get(name)
  const context = { binding: name, clock, logger, signal: closing }
  return (messages) => {
    const deliver = async (places: readonly number[]): Promise<ReadonlyMap<number, unknown>> => {
      const failures = await channel?.deliverBatch(places.map((place) => messages[place] as Message<Buffer>))
      return new Map([...(failures ?? [])].map(([at, failure]) => [places[at] as number, failure]))
    }
    return withBatchRetry(messages.length, deliver, policy, context)
  }
}

/** The scope stops it, and gives up waiting when the time for closing is over. */
function own(scope: Scope, bound: AsyncDisposable, what: string, context: BindContext): void {
  scope.defer(() => context.within(async () => bound[Symbol.asyncDispose](), what))
}

async function explained<Value>(binding: string, destination: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (failure) {
    throw frameworkErrors.RMQ_BINDING_FAILED({ binding, destination, reason: textOf(failure) }, failure)
  }
}

async function inOrder<Item, Value>(
  items: readonly Item[],
  work: (item: Item) => Promise<Value>,
): Promise<readonly Value[]> {
  const results: Value[] = []
  for (const item of items) results.push(await work(item))
  return results
}
