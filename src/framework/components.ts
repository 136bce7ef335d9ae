import { frameworkErrors } from './errors.ts'

/**
 * What the program gave under a name in `options.components`; `key` is the property that names it, for the error.
 * @throws RMQ_COMPONENT_UNKNOWN  nothing has that name; the message lists the names there are
 */
export function componentNamed(components: Readonly<Record<string, unknown>>, name: string, key: string): unknown {
  if (Object.hasOwn(components, name)) return components[name]
  throw frameworkErrors.RMQ_COMPONENT_UNKNOWN({ name, key, known: Object.keys(components) })
}

/**
 * A component as one function: the component itself, or its method of the given name.
 * @throws RMQ_COMPONENT_ILLEGAL  it is neither a function nor an object with the method
 */
export function functionOf<Call>(component: unknown, method: string, name: string, key: string): Call {
  if (typeof component === 'function') return component as Call
  if (typeof component === 'object' && component !== null) {
    const member: unknown = (component as Readonly<Record<string, unknown>>)[method]
    if (typeof member === 'function') return member.bind(component) as Call
  }
  throw frameworkErrors.RMQ_COMPONENT_ILLEGAL({
    name,
    key,
    expected: `a function, or an object with the method ${method}`,
  })
}
