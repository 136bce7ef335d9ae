import type { Scope } from '../../base/lifecycle/index.ts'
import type { OutboundChannel } from '../channels/index.ts'
import { frameworkErrors } from '../errors.ts'
import type { ErrorChannels } from '../failures/index.ts'
import { bindInput } from './bind-input.ts'
import { bindOutput } from './bind-output.ts'
import { bindSource } from './bind-source.ts'
import { type BindersContext, binderOpener, binderTypeOf } from './binders.ts'
import type { Binding } from './binding.ts'
import { type Channels, makeOutput } from './channels.ts'
import { DynamicOutputs } from './dynamic-outputs.ts'
import { bindingProperties } from './policies.ts'
import type { Target } from './target.ts'

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
  const openFor = async (name: string): Promise<Target> => {
    const { destination, group, binder: wanted } = bindingProperties(context.environment, name)
    const binder = binderTypeOf(name, wanted, context)
    const open = await openBinder(binder.name, binder.type)
    return { facts: { name, destinations: [destination], binder: binder.name }, group, open }
  }
  const bindChannel = async (channel: OutboundChannel, scope: Scope): Promise<Binding> =>
    bindOutput(await openFor(channel.name), channel, scope, context)
  const dynamic = new DynamicOutputs({
    most: context.service.dynamicDestinationCacheSize,
    check: (name) => checkDestination(name, context),
    channel: (name) => makeOutput(name, context.environment, context.clock),
    bind: bindChannel,
  })
  context.outputs.own(dynamic)
  return {
    dynamic,
    bindOutputs: () =>
      inOrder([...context.channels.outputs.values()], (channel) => bindChannel(channel, context.outputs)),
    async bindInputs() {
      const { inputs: pushed, sources } = context.channels
      const inputs = await inOrder([...pushed.keys(), ...sources.keys()], async (name) => {
        const target = await openFor(name)
        const source = sources.get(name)
        return source === undefined ? bindInput(target, context) : bindSource(target, source, context)
      })
      context.checkErrorChannels()
      await inOrder(inputs, ({ start }) => start())
      return inputs.map(({ binding }) => binding)
    },
  }
}

/**
 * `dynamic-destinations` lists names of bindings, as in Spring, or the topics to which they lead.
 * @throws RMQ_DESTINATION_REFUSED
 */
function checkDestination(name: string, { service, environment }: BindContext): void {
  const allowed = service.dynamicDestinations
  if (allowed.length === 0 || allowed.includes(name)) return
  const { destination } = bindingProperties(environment, name)
  if (!allowed.includes(destination))
    throw frameworkErrors.RMQ_DESTINATION_REFUSED({ binding: name, destination, allowed })
}

async function inOrder<Item, Value>(
  items: readonly Item[],
  work: (item: Item) => Promise<Value>,
): Promise<readonly Value[]> {
  const results: Value[] = []
  for (const item of items) results.push(await work(item))
  return results
}
