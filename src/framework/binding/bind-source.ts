import type { PolledChannel } from '../channels/index.ts'
import { attemptsOf, withRetry } from '../dispatch/index.ts'
import { frameworkErrors } from '../errors.ts'
import { inputErrorChannel, recoverInput } from '../failures/index.ts'
import type { BindContext } from './bind.ts'
import { inputBinding } from './binding.ts'
import { binderProperties } from './policies.ts'
import { attemptsPolicy, type BoundInput, explained, own, recoveryContext, type Target, topicsOf } from './target.ts'

/** Binds an input whose messages the program polls. */
export async function bindSource(
  { facts, group, open }: Target,
  channel: PolledChannel,
  context: BindContext,
): Promise<BoundInput> {
  const { environment, logger, clock, closing, errors } = context
  const {
    name,
    destinations: [list = name],
    binder,
  } = facts
  const destinations = topicsOf(list)
  const policy = attemptsPolicy(name, context)
  const config = binderProperties(environment, open.type, name, 'consumer', logger)
  const source = await explained(name, list, async () => {
    const { bindSource: bindIt } = open.binder
    if (bindIt === undefined) throw frameworkErrors.RMQ_BINDER_NOT_POLLABLE({ binding: name, binder })
    const bound = await bindIt.call(open.binder, {
      binding: name,
      destinations,
      group: group === '' ? undefined : group,
      properties: policy.properties,
      config,
    })
    own(context.inputs, bound, `input ${name}`, context)
    return bound
  })
  const recovery = recoveryContext(name, context)
  const retry = { binding: name, clock, logger, signal: closing }
  channel.attach(source, (work, message) => {
    const destination = destinations[0] ?? name
    const recover = (failure: unknown, attempts: number): Promise<void> =>
      recoverInput({ failure, message, destination, group: source.group, attempts }, recovery)
    return withRetry(work, policy, { ...retry, recover })
  })
  for (const destination of destinations) errors.declare(inputErrorChannel(destination, source.group))
  // Handlers that run may still acknowledge.
  context.inputs.defer(() => context.within(() => channel.idle(), `input ${name}`))
  const binding = inputBinding({ name, destinations, binder }, source)
  return {
    binding: {
      ...binding,
      get state() {
        return source.state
      },
      stop: async () => {
        await channel.idle()
        await source.stop()
      },
    },
    async start() {
      if (policy.properties.autoStartup) await explained(name, list, () => source.start())
      logger.info(
        `input ${name} ⇠ ${destinations.join(', ')}, group ${source.group}, polled: ` +
          `${attemptsOf(policy)} in-process × ${source.policy}`,
      )
    },
  }
}
