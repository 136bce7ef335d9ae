import { ok } from 'node:assert/strict'
import { withTimeout } from '../base/async/index.ts'
import { durationText, nearest } from '../base/config/index.ts'
import { Scope } from '../base/lifecycle/index.ts'
import type { Logger } from '../base/log/index.ts'
import type { Clock } from '../base/time/index.ts'
import type { BinderType } from './binder/index.ts'
import { type Binding, type Channels, type DynamicOutputs, prepareBinding } from './binding/index.ts'
import type { MessageChannel } from './channels/index.ts'
import { type Environment, pollerSettings, readTable, type ServiceProperties } from './config/index.ts'
import { dispatchBatchTo, dispatchError, dispatchTo, type ListenerPlan, startStream } from './dispatch/index.ts'
import { frameworkErrors } from './errors.ts'
import { ErrorChannels } from './failures/index.ts'
import { type Functions, startSuppliers } from './functions/index.ts'
import type { Providers } from './providers.ts'
import type { Services } from './services.ts'

/**
 * How long closing waits for each binding and stream, unless `spring.lifecycle.timeout-per-shutdown-phase` says
 * otherwise.
 */
const SHUTDOWN_PHASE_MS = 30_000

/** How long closing waits for a stream whose inputs have ended, at most. */
const STREAM_END_MS = 5_000

/** What opening needs; all of it is checked. */
export interface Opening {
  readonly scope: Scope
  readonly environment: Environment
  readonly service: ServiceProperties
  readonly logger: Logger
  readonly clock: Clock
  readonly types: readonly BinderType[]
  readonly providers: Providers
  readonly channels: Channels
  readonly made: Services
  readonly plans: readonly ListenerPlan[]
  readonly functions: Functions
}

/**
 * Opens binders, outputs, streams, inputs, suppliers, in this order; the scope closes them in the reverse order,
 * services between outputs and binders. Listeners run only when every output is ready. `onOutputs` is told when outputs
 * can be made by name.
 */
export async function openApplication(
  opening: Opening,
  onOutputs: (dynamic: DynamicOutputs) => void,
): Promise<readonly Binding[]> {
  const { scope, environment, logger, clock, channels, made } = opening
  const closing = new AbortController()
  const within = phaseLimit(environment, clock, logger)
  const binders = scope.own(new Scope())
  scope.defer(() => made.container.unbindAllAsync())
  const outputs = scope.own(new Scope())
  const inputs = new Scope()
  const errors = new ErrorChannels()
  const steps = prepareBinding({
    ...opening,
    closing: closing.signal,
    binders,
    outputs,
    inputs,
    errors,
    checkErrorChannels: () => checkErrorChannels(opening.plans, errors),
    within,
    streams: streamsOf(opening.plans),
  })
  const boundOutputs = await steps.bindOutputs()
  onOutputs(steps.dynamic)
  listen(opening, errors, within, closing.signal)
  for (const channel of channels.inputs.values()) scope.defer(() => channel.complete())
  scope.own(inputs)
  scope.defer(() => closing.abort())
  const boundInputs = await steps.bindInputs()
  startSuppliers(
    opening.functions.filter(({ kind }) => kind === 'supplier'),
    {
      scope,
      poller: readTable(environment, pollerSettings, ['spring.cloud.stream.poller', 'spring.integration.poller']),
      clock,
      logger,
      output: (name) => present(channels.outputs, name),
      within,
      instance: ({ service }) => present(made.instances, service),
    },
  )
  return [...boundOutputs, ...boundInputs]
}

/** Inputs of streams, with how many of their items may be open if the listener says. */
function streamsOf(plans: readonly ListenerPlan[]): ReadonlyMap<string, number | undefined> {
  return new Map(
    plans.flatMap(({ parameters, maxInFlight }) =>
      parameters.flatMap((parameter) =>
        parameter.kind === 'stream' ? [[parameter.channel, maxInFlight] as const] : [],
      ),
    ),
  )
}

type Within = (stop: () => Promise<void>, what: string, mostMs?: number) => Promise<void>

/** Subscribes the listeners to their channels. */
function listen(
  { scope, plans, made, channels, types, logger, clock }: Opening,
  errors: ErrorChannels,
  within: Within,
  closing: AbortSignal,
): void {
  const context = {
    output: (name: string): MessageChannel => present(channels.outputs, name),
    input: (name: string) => present(channels.inputs, name),
    isTransportHeader: (name: string): boolean => types.some((type) => type.isTransportHeader?.(name) ?? false),
    logger,
    clock,
    closing,
    endMs: STREAM_END_MS,
  }
  const live = plans.map((plan) => ({ plan, service: present(made.instances, plan.service) }))
  for (const listener of live) {
    const { channel, isError } = listener.plan
    if (isError && channel !== undefined) errors.subscribe(channel, dispatchError(listener, context))
    if (channel !== undefined) continue
    const stream = startStream(listener, context)
    scope.defer(async () => {
      await within(() => stream.close(), listener.plan.listener, STREAM_END_MS)
      stream.destroy()
    })
  }
  for (const [name, channel] of channels.inputs) {
    const mine = live.filter(({ plan }) => plan.channel === name)
    if (mine.length > 0)
      channel.subscribeRaw(dispatchTo(mine, channel, context), dispatchBatchTo(mine, channel, context))
    else if (!channel.isHeard)
      logger.warn(`input ${name} has no listener; its messages are given back until it has one`)
  }
}

/** @throws RMQ_ERROR_CHANNEL_UNKNOWN  a listener names one that nothing is told to */
function checkErrorChannels(plans: readonly ListenerPlan[], errors: ErrorChannels): void {
  for (const { channel = '', isError, listener } of plans) {
    const known = errors.names
    if (!isError || known.includes(channel)) continue
    throw frameworkErrors.RMQ_ERROR_CHANNEL_UNKNOWN({ listener, name: channel, known, near: nearest(channel, known) })
  }
}

/** The entry of a key that was checked to be there. */
export function present<Key, Value>(map: ReadonlyMap<Key, Value>, key: Key): Value {
  const value = map.get(key)
  ok(value !== undefined, `no entry for ${String(key)}, although it was checked`)
  return value
}

function phaseLimit(environment: Environment, clock: Clock, logger: Logger): Within {
  const text = environment.get('spring.lifecycle.timeout-per-shutdown-phase')?.text.trim()
  const limitMs = text === undefined ? SHUTDOWN_PHASE_MS : durationText('ms').parse(text)
  return (stop, what, mostMs = limitMs) => {
    const waitMs = Math.min(limitMs, mostMs)
    return withTimeout(clock, stop(), waitMs, () =>
      logger.warn(`${what} did not finish within ${waitMs} ms; closing goes on`),
    )
  }
}
