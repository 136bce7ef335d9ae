import type { AnyClass } from '../../decorators/index.ts'
import { Scope } from '../base/lifecycle/index.ts'
import type { Logger } from '../base/log/index.ts'
import { systemClock } from '../base/time/index.ts'
import { registeredBinders } from './binder/index.ts'
import {
  type Binding,
  type Channels,
  type DeclaredBinding,
  type DynamicOutputs,
  declareBindings,
  makeChannels,
  requireBinding,
  requirePushedInput,
} from './binding/index.ts'
import type { MessageChannel, PollableMessageSource, SubscribableChannel } from './channels/index.ts'
import { readTable, type ServiceProperties, serviceSettings, unknownKeys } from './config/index.ts'
import { planListeners } from './dispatch/index.ts'
import { frameworkErrors } from './errors.ts'
import { StreamBridge, serviceFunctions } from './functions/index.ts'
import { openApplication, present } from './open-application.ts'
import { findProviders } from './providers.ts'
import { configure, type RunOptions, splitArguments } from './run-options.ts'
import { makeServices, type Services, type Token } from './services.ts'
import { closeOnSignals } from './signals.ts'

/** A running application. */
export interface Application extends AsyncDisposable {
  /**
   * The object of a service class, a contract class, or any other token of the container.
   * @throws RMQ_SERVICE_MISSING  there is none
   */
  get<Value>(token: Token<Value>): Value
  /**
   * An output channel by name.
   * @throws RMQ_BINDING_UNKNOWN  there is none
   */
  channel(name: string): MessageChannel
  /**
   * An input channel by name.
   * @throws RMQ_BINDING_UNKNOWN  there is none
   * @throws RMQ_BINDING_POLLED  it is one for `source`
   */
  input(name: string): SubscribableChannel
  /**
   * A polled input by name.
   * @throws RMQ_BINDING_UNKNOWN  there is none
   */
  source(name: string): PollableMessageSource
  /** All bindings: outputs, then inputs. */
  readonly bindings: readonly Binding[]
  /**
   * Closes in order: inputs take no more and finish what they have, streams end, outputs finish their sends, services
   * are released, binders close. The second call gives the same promise.
   */
  close(): Promise<void>
}

/** Runs service classes. */
export const StreamApplication = {
  /**
   * Reads the configuration, constructs the services, binds outputs, then inputs. Resolves when every binding runs.
   *
   * ```ts
   * await StreamApplication.run(OrderService)
   * await StreamApplication.run(OrderService, AuditService, { binder: new TestBinder() })
   * ```
   * @throws RMQ_SERVICE_CLASS  an argument is neither a class nor the options
   * @throws RMQ_LISTENER  a listener that cannot work as it is declared
   * @throws RMQ_BINDING_UNKNOWN  a channel that no contract declares
   * @throws RMQ_FUNCTION_UNKNOWN, RMQ_FUNCTION_TAKEN  of functions and the names in the configuration
   * @throws RMQ_BINDING_CONFLICT  one name is both an input and an output
   * @throws RMQ_EXPRESSION  a condition that cannot be read
   * @throws RMQ_CONFIG_VALUE  a setting whose text does not fit
   * @throws RMQ_CONFIG_UNKNOWN_KEYS  in strict mode
   * @throws RMQ_TRANSACTION_LISTENER_TWICE  two services are transaction listeners of one producer group
   * @throws RMQ_BINDING_FAILED  the binder could not bind; the reason is in the message
   */
  async run(...args: readonly (AnyClass | RunOptions)[]): Promise<Application> {
    const { services, options } = splitArguments(args)
    const clock = options.clock ?? systemClock
    const types = options.binder === undefined ? registeredBinders() : [options.binder]
    const { environment, logger } = configure(options)
    const functions = serviceFunctions(services, environment)
    const service = readTable(environment, serviceSettings, ['spring.cloud.stream'])
    const { contracts, bindings: declared } = declareBindings(services, functions, service, environment)
    const plans = planListeners(services, functions, declared)
    const unknown = unknownKeys(environment, [...declared.values()], service.dynamicDestinations, types)
    reportUnknownKeys(unknown, service, logger)
    const channels = makeChannels(declared.values(), environment, clock)
    await using scope = new Scope()
    // Services are constructed before there is anything to send through; a message sent by then is refused.
    let dynamic: DynamicOutputs | undefined
    const bridge = new StreamBridge({
      send(binding, message) {
        const channel = channels.outputs.get(binding)
        if (channel !== undefined) return channel.send(message)
        if (channels.inputs.has(binding)) requireBinding(declared, 'output', binding, 'StreamBridge.send')
        if (dynamic === undefined)
          throw frameworkErrors.RMQ_CHANNEL_CLOSED({ channel: binding, state: 'not started yet' })
        return dynamic.use(binding, (made) => made.send(message))
      },
    })
    const made = await makeServices({
      services,
      bridge,
      declarations: { contracts, bindings: declared },
      channels,
      environment,
      configure: options.configure ?? (() => undefined),
    })
    const providers = findProviders(options.components ?? {}, made, environment)
    const opening = { scope, environment, service, logger, clock, types, providers, channels, made, plans, functions }
    const bindings = await openApplication(opening, (opened) => {
      dynamic = opened
    })
    const name = environment.get('spring.application.name')?.text ?? 'application'
    logger.info(
      `${name} runs with ${channels.outputs.size} outputs and ${channels.inputs.size + channels.sources.size} inputs`,
    )
    return handle({ scope: scope.move(), made, channels, declared, bindings, logger, signals: options.signals ?? true })
  },
} as const

function reportUnknownKeys(sentences: readonly string[], { strict }: ServiceProperties, logger: Logger): void {
  if (sentences.length > 0 && strict) throw frameworkErrors.RMQ_CONFIG_UNKNOWN_KEYS({ keys: sentences })
  for (const sentence of sentences) logger.warn(sentence)
}

interface Running {
  readonly scope: Scope
  readonly made: Services
  readonly channels: Channels
  readonly declared: ReadonlyMap<string, DeclaredBinding>
  readonly bindings: readonly Binding[]
  readonly logger: Logger
  readonly signals: boolean
}

function handle({ scope, made, channels, declared, bindings, logger, signals }: Running): Application {
  const close = (): Promise<void> => scope[Symbol.asyncDispose]()
  if (signals) scope.defer(closeOnSignals(close, logger))
  return {
    get: (token) => {
      if (!made.container.isBound(token))
        throw frameworkErrors.RMQ_SERVICE_MISSING({ token: typeof token === 'function' ? token.name : String(token) })
      return made.container.get(token)
    },
    channel(name) {
      requireBinding(declared, 'output', name, 'channel()')
      return present(channels.outputs, name)
    },
    input(name) {
      requirePushedInput(declared, name, 'input()')
      return present(channels.inputs, name)
    },
    source(name) {
      const polled = new Map([...declared].filter(([, binding]) => binding.polled))
      requireBinding(polled, 'input', name, 'source()')
      return present(channels.sources, name)
    },
    bindings,
    close,
    [Symbol.asyncDispose]: close,
  }
}
