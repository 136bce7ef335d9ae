import { frameworkErrors } from './errors.ts'

/** Objects that configuration names, as the program gave them in `options.components`. */
export type Components = Readonly<Record<string, unknown>>

/** What a named object must be. */
export interface Wanted<Value> {
  /** For people: `a function that takes an error message`. */
  readonly what: string
  readonly is: (value: unknown) => value is Value
}

/**
 * The object of a name. `key` is the property that names it, for the error.
 * @throws RMQ_COMPONENT_UNKNOWN  nothing has that name; the message lists the names there are
 */
export function component(components: Components, name: string, key: string): unknown {
  if (Object.hasOwn(components, name)) return components[name]
  throw frameworkErrors.RMQ_COMPONENT_UNKNOWN({ name, key, known: Object.keys(components) })
}

/**
 * The object of a name, checked to be what is wanted.
 * @throws RMQ_COMPONENT_UNKNOWN  nothing has that name
 * @throws RMQ_COMPONENT_KIND  it is something else
 */
export function provider<Value>(components: Components, name: string, key: string, wanted: Wanted<Value>): Value {
  const value = component(components, name, key)
  if (wanted.is(value)) return value
  throw frameworkErrors.RMQ_COMPONENT_KIND({ name, key, wanted: wanted.what })
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
  throw frameworkErrors.RMQ_COMPONENT_KIND({ name, key, wanted: `a function, or an object with the method ${method}` })
}
