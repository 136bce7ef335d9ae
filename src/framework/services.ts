import 'reflect-metadata'
import { Container, decorate, inject, injectFromHierarchy, type ServiceIdentifier } from 'inversify'
import {
  type AnyClass,
  channelsOf,
  listenersOf,
  parametersOf,
  type ValueType,
  valuesOf,
} from '../../decorators/index.ts'
import { booleanText } from '../base/config/index.ts'
import { type Channels, type Declarations, makeContract, requireBinding } from './binding/index.ts'
import type { Environment } from './config/index.ts'
import { frameworkErrors } from './errors.ts'
import { StreamBridge } from './functions/index.ts'

/** What names something in the container: a class, a string or a symbol. */
export type Token<Value> = ServiceIdentifier<Value>

/** The container under which an application's configured values, channels and contracts are found. */
export interface Services {
  readonly container: Container
  /** One object per service class, in the order given to `run`. */
  readonly instances: ReadonlyMap<AnyClass, object>
}

/** What injection needs. */
export interface ServicesContext {
  readonly services: readonly AnyClass[]
  readonly declarations: Declarations
  readonly channels: Channels
  readonly environment: Environment
  readonly bridge: StreamBridge
  /** Adds the program's own bindings. */
  readonly configure: (container: Container) => void
}

/** Classes whose injections were written down for the container; that is done once per class, not per application. */
const prepared = new WeakSet<object>()

const valueToken = (expression: string, type: ValueType): symbol =>
  Symbol.for(`rocketstream:value:${type.name}:${expression}`)
const channelToken = (name: string): symbol => Symbol.for(`rocketstream:channel:${name}`)

/**
 * Builds the container and constructs the services. Every class is one object per application.
 * @throws RMQ_PLACEHOLDER  a `@Value` cannot be resolved
 * @throws RMQ_BINDING_UNKNOWN  an injected channel that no contract declares
 */
export async function makeServices(context: ServicesContext): Promise<Services> {
  const { services, declarations, channels, configure } = context
  const container = new Container({ autobind: true, defaultScope: 'Singleton' })
  container.bind(StreamBridge).toConstantValue(context.bridge)
  const channelOf = (name: string): unknown =>
    channels.outputs.get(name) ?? channels.inputs.get(name) ?? channels.sources.get(name)
  for (const [name] of declarations.bindings) container.bind(channelToken(name)).toConstantValue(channelOf(name))
  for (const contract of declarations.contracts)
    container.bind(contract as ServiceIdentifier<object>).toConstantValue(makeContract(contract, channelOf))
  for (const service of services) {
    prepare(service)
    bindValues(service, container, context)
  }
  configure(container)
  const instances = new Map<AnyClass, object>()
  for (const service of services) instances.set(service, await container.getAsync(service as ServiceIdentifier<object>))
  return { container, instances }
}

/** Tells the container what our decorators recorded of a class and its parents. */
function prepare(service: AnyClass): void {
  if (prepared.has(service)) return
  prepared.add(service)
  const parent: unknown = Object.getPrototypeOf(service)
  const hasParent = typeof parent === 'function' && parent !== Function.prototype
  if (hasParent) prepare(parent as AnyClass)
  for (const { index, token } of injectedParameters(service)) {
    const decorator: ParameterDecorator = inject(token)
    decorate(decorator, service, index)
  }
  for (const { member, owner, token } of injectedProperties(service)) {
    if (owner === service.prototype) decorate(inject(token) as PropertyDecorator, service, member)
  }
  // A subclass without a constructor of its own takes its parent's arguments; JavaScript shows that only by their
  // number.
  if (hasParent)
    decorate(injectFromHierarchy({ extendConstructorArguments: service.length === 0, extendProperties: true }), service)
}

interface Injection {
  readonly token: symbol
}

function injectedParameters(service: AnyClass): readonly (Injection & { readonly index: number })[] {
  return parametersOf(service, undefined).flatMap((record) => {
    if (record.kind === 'value') return [{ index: record.index, token: valueToken(record.expression, record.type) }]
    return record.kind === 'channel' ? [{ index: record.index, token: channelToken(record.channel) }] : []
  })
}

/** Properties with `@Value`, and those with `@Input` or `@Output` that are no listener methods. */
function injectedProperties(
  service: AnyClass,
): readonly (Injection & { readonly member: string | symbol; readonly owner: object })[] {
  const listeners = new Set(listenersOf(service).map(({ member }) => member))
  return [
    ...valuesOf(service).map(({ member, owner, expression, type }) => ({
      member,
      owner,
      token: valueToken(expression, type),
    })),
    ...channelsOf(service)
      .filter(({ member }) => !listeners.has(member))
      .map(({ member, owner, channel }) => ({ member, owner, token: channelToken(channel) })),
  ]
}

function bindValues(service: AnyClass, container: Container, context: ServicesContext): void {
  const { environment, declarations } = context
  const parameters = parametersOf(service, undefined)
  const values = [...valuesOf(service), ...parameters.filter((record) => record.kind === 'value')]
  for (const { expression, type } of values) {
    const token = valueToken(expression, type)
    if (container.isBound(token)) continue
    const origin = `@Value of ${service.name}`
    container.bind(token).toConstantValue(typed(environment.resolve(expression, origin), type, expression, origin))
  }
  const listeners = new Set(listenersOf(service).map(({ member }) => member))
  const channels = [
    ...channelsOf(service).filter(({ member }) => !listeners.has(member)),
    ...parameters.filter((record) => record.kind === 'channel'),
  ]
  for (const { direction, channel } of channels)
    requireBinding(declarations.bindings, direction, channel, `${service.name}, injected @${direction}`)
}

function typed(text: string, type: ValueType, expression: string, origin: string): unknown {
  if (type === String) return text
  const value = type === Number ? Number(text) : booleanText.safeParse(text.trim()).data
  if (text.trim() !== '' && value !== undefined && !Number.isNaN(value)) return value
  throw frameworkErrors.RMQ_VALUE({ expression, origin, text, wanted: type.name })
}
