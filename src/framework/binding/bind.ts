import { textOf } from '../../base/errors/index.ts'
import type { Scope } from '../../base/lifecycle/index.ts'
import type { BoundConsumer, InboundHandler } from '../binder/index.ts'
import type { OutboundChannel, SendFailureHandler } from '../channels/index.ts'
import { provider } from '../components.ts'
import type { ProducerProperties } from '../config/index.ts'
import { attemptsOf, type RetryPolicy, retryTemplate, withRetry } from '../dispatch/index.ts'
import { frameworkErrors } from '../errors.ts'
import {
  type ErrorChannels,
  type ErrorHandler,
  inputErrorChannel,
  outputErrorChannel,
  type RecoveryContext,
  recoverInput,
  recoverOutput,
} from '../failures/index.ts'
import { partitioner } from '../partition/index.ts'
import { type BindersContext, binderOpener, binderTypeOf, type OpenBinder } from './binders.ts'
import { type Binding, type BindingFacts, inputBinding, outputBinding } from './binding.ts'
import { type Channels, makeOutput } from './channels.ts'
import { DynamicOutputs } from './dynamic-outputs.ts'
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
  /** Where failures are told. */
  readonly errors: ErrorChannels
  /** Called when all error channels are declared and nothing arrives yet. */
  readonly checkErrorChannels: () => void
  /** Inputs of streams, with how many of their items may be open if the listener says. */
  readonly streams: ReadonlyMap<string, number | undefined>
  /** Stops an end within the time that closing may take. */
  readonly within: (stop: () => Promise<void>, what: string) => Promise<void>
}

/** The two steps of binding, in this order, and what can be bound later. */
export interface BindingSteps {
  bindOutputs(): Promise<readonly Binding[]>
  bindInputs(): Promise<readonly Binding[]>
  /** Outputs made by name while the application runs. */
  readonly dynamic: DynamicOutputs
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
  const bindChannel = async (channel: OutboundChannel, scope: Scope): Promise<Binding> =>
    bindOutput(await openFor(channel.name), channel, scope, context)
  const dynamic = new DynamicOutputs({
    most: context.service.dynamicDestinationCacheSize,
    channel: (name) => makeOutput(name, context.environment, context.clock),
    bind: bindChannel,
  })
  context.outputs.own(dynamic)
  return {
    dynamic,
    bindOutputs: () =>
      inOrder([...context.channels.outputs.values()], (channel) => bindChannel(channel, context.outputs)),
    async bindInputs() {
      const names = [...context.channels.inputs.keys()]
      const inputs = await inOrder(names, async (name) => bindInput(await openFor(name), context))
      context.checkErrorChannels()
      await inOrder(inputs, ({ start }) => start())
      return inputs.map(({ binding }) => binding)
    },
  }
}

interface Target {
  readonly facts: BindingFacts
  readonly group: string
  readonly open: OpenBinder
}

async function bindOutput(
  { facts, open }: Target,
  channel: OutboundChannel,
  scope: Scope,
  context: BindContext,
): Promise<Binding> {
  const { environment, logger, components } = context
  const { name } = facts
  const destination = facts.destinations[0] ?? name
  const properties = producerProperties(environment, name)
  const config = binderProperties(environment, open.type, name, 'producer', logger)
  const bound = await explained(name, destination, async () => {
    const producer = await open.binder.bindProducer({ binding: name, destination, properties, config })
    own(scope, producer, `output ${name}`, context)
    if (properties.autoStartup) await producer.start()
    return producer
  })
  const onFailure = properties.errorChannelEnabled ? sendFailures(name, destination, properties, context) : undefined
  const partitionOf = await explained(name, destination, async () => partitioner(name, properties, components))
  channel.attach(bound, { partitionOf, onFailure })
  logger.info(`output ${name} → ${destination} (${open.type.name}: ${bound.policy})`)
  return outputBinding(facts, bound)
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
  const { environment, logger, errors } = context
  const destinations = list.split(',').map((destination) => destination.trim())
  const policy = withTemplate(retryPolicy(environment, name), name, context)
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

/** An input that is not started yet. */
interface BoundInput {
  readonly binding: Binding
  start(): Promise<void>
}

function withTemplate(policy: RetryPolicy, binding: string, { components }: BindContext): RetryPolicy {
  const { retryTemplateName } = policy.properties
  if (retryTemplateName === '') return policy
  const key = `spring.cloud.stream.bindings.${binding}.consumer.retry-template-name`
  return { ...policy, template: provider(components, retryTemplateName, key, retryTemplate) }
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

function sendFailures(
  name: string,
  destination: string,
  { throwOnSendFailure }: ProducerProperties,
  context: BindContext,
): SendFailureHandler {
  const recovery = recoveryContext(name, context)
  context.errors.declare(outputErrorChannel(destination))
  return (failure, message) => recoverOutput(failure, message, destination, throwOnSendFailure, recovery)
}

function recoveryContext(binding: string, { environment, components, errors, logger }: BindContext): RecoveryContext {
  const { errorHandlerDefinition } = bindingProperties(environment, binding)
  const key = `spring.cloud.stream.bindings.${binding}.error-handler-definition`
  const handler =
    errorHandlerDefinition === '' ? undefined : provider(components, errorHandlerDefinition, key, errorHandler)
  return { binding, channels: errors, handler, logger }
}

/** What an `error-handler-definition` must name. */
const errorHandler = {
  what: 'a function that takes an ErrorMessage',
  is: (value: unknown): value is ErrorHandler => typeof value === 'function',
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
