import { transactionListenerOf } from '../../decorators/index.ts'
import type { Environment } from './config/index.ts'
import { frameworkErrors } from './errors.ts'
import type { Services } from './services.ts'

/** An object that knows the transactions of a producer group, and how its checks may be called. */
export interface GroupListener {
  readonly listener: object
  /** Checks that may run at a time. */
  readonly concurrency: number
  /** Checks that may wait. */
  readonly waitingMax: number
}

/** The objects of a program that its configuration names. */
export interface Providers {
  /**
   * The object of this name: given in `options.components`; or the service whose class has it, with its first letter
   * small as in Spring (`orderSelector` for `OrderSelector`) or as it is; or what the program bound to it in the
   * container.
   * @param key  the property that names it, for the error
   * @throws RMQ_COMPONENT_UNKNOWN
   */
  named(name: string, key: string): unknown
  /** What was given in `options.components`. */
  readonly components: Readonly<Record<string, unknown>>
  /** The service that was declared as listener for a producer group. */
  transactionListener(group: string): GroupListener | undefined
}

/**
 * Collects what configuration may name.
 * @throws RMQ_TRANSACTION_LISTENER_TWICE  two services are declared for one producer group
 */
export function findProviders(
  components: Readonly<Record<string, unknown>>,
  { container, instances }: Services,
  environment: Environment,
): Providers {
  const services = new Map([...instances].map(([type, instance]) => [beanName(type.name), instance]))
  const listeners = transactionListeners(instances, environment)
  return {
    components,
    named(name, key) {
      if (Object.hasOwn(components, name)) return components[name]
      const service = services.get(beanName(name))
      if (service !== undefined) return service
      if (container.isBound(name)) return container.get(name)
      const known = [...Object.keys(components), ...services.keys()]
      throw frameworkErrors.RMQ_COMPONENT_UNKNOWN({ name, key, known })
    },
    transactionListener: (group) => listeners.get(group),
  }
}

/** What a named object must be. */
export interface Wanted<Value> {
  /** For people: `a function that takes an error message`. */
  readonly what: string
  readonly is: (value: unknown) => value is Value
}

/**
 * The object of a name, checked to be what is wanted.
 * @throws RMQ_COMPONENT_UNKNOWN  nothing has that name
 * @throws RMQ_COMPONENT_KIND  it is something else; the message lists the names of what is wanted
 */
export function provider<Value>(providers: Providers, name: string, key: string, wanted: Wanted<Value>): Value {
  const value = providers.named(name, key)
  if (wanted.is(value)) return value
  const fitting = Object.entries(providers.components).flatMap(([other, object]) => (wanted.is(object) ? [other] : []))
  throw frameworkErrors.RMQ_COMPONENT_KIND({ name, key, wanted: wanted.what, fitting })
}

/**
 * A component as one function: the component itself, or its method of the given name.
 * @throws RMQ_COMPONENT_KIND  it is neither a function nor an object with the method
 */
export function functionOf<Call>(component: unknown, method: string, name: string, key: string): Call {
  if (typeof component === 'function') return component as Call
  if (typeof component === 'object' && component !== null) {
    const member: unknown = (component as Readonly<Record<string, unknown>>)[method]
    if (typeof member === 'function') return member.bind(component) as Call
  }
  throw frameworkErrors.RMQ_COMPONENT_KIND({
    name,
    key,
    wanted: `a function, or an object with the method ${method}`,
    fitting: [],
  })
}

function transactionListeners(
  instances: Services['instances'],
  environment: Environment,
): ReadonlyMap<string, GroupListener> {
  const listeners = new Map<string, GroupListener & { readonly name: string }>()
  for (const [type, listener] of instances) {
    const record = transactionListenerOf(type)
    if (record === undefined) continue
    const group = environment.resolve(record.group, `the transaction listener ${type.name}`)
    const { concurrency, waitingMax } = record
    const first = listeners.get(group)?.name
    if (first !== undefined) {
      throw frameworkErrors.RMQ_TRANSACTION_LISTENER_TWICE({ group, first, second: type.name })
    }
    listeners.set(group, { listener, concurrency, waitingMax, name: type.name })
  }
  return listeners
}

/** Spring's name for an object of a class. */
function beanName(className: string): string {
  return className.slice(0, 1).toLowerCase() + className.slice(1)
}
