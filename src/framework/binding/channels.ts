import type { Clock } from '../../base/time/index.ts'
import { InboundChannel, OutboundChannel, PolledChannel } from '../channels/index.ts'
import type { Environment } from '../config/index.ts'
import type { DeclaredBinding } from './declare.ts'
import { bindingProperties, producerProperties, retryPolicy } from './policies.ts'

/** The channels of an application by name. */
export interface Channels {
  readonly inputs: ReadonlyMap<string, InboundChannel>
  readonly outputs: ReadonlyMap<string, OutboundChannel>
  /** Inputs that are polled. */
  readonly sources: ReadonlyMap<string, PolledChannel>
}

/** Makes a channel for each declared binding; nothing is bound yet. */
export function makeChannels(bindings: Iterable<DeclaredBinding>, environment: Environment, clock: Clock): Channels {
  const inputs = new Map<string, InboundChannel>()
  const outputs = new Map<string, OutboundChannel>()
  const sources = new Map<string, PolledChannel>()
  for (const { name, direction, polled } of bindings) {
    if (direction === 'output') outputs.set(name, makeOutput(name, environment, clock))
    else {
      const { contentType } = bindingProperties(environment, name)
      const native = retryPolicy(environment, name).properties.useNativeDecoding
      if (polled) sources.set(name, new PolledChannel({ name, contentType, native }))
      else inputs.set(name, new InboundChannel({ name, contentType, native }))
    }
  }
  return { inputs, outputs, sources }
}

/** Makes the channel of an output; it is not bound yet. */
export function makeOutput(name: string, environment: Environment, clock: Clock): OutboundChannel {
  const { contentType } = bindingProperties(environment, name)
  const native = producerProperties(environment, name).useNativeEncoding
  return new OutboundChannel({ name, contentType, native, clock })
}
