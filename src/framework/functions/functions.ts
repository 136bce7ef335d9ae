import { type AnyClass, type FunctionKind, functionsOf } from '../../../decorators/index.ts'
import type { Environment } from '../config/index.ts'
import { frameworkErrors } from '../errors.ts'

/** A function of the application with the bindings it has. */
export interface ServiceFunction {
  readonly name: string
  readonly kind: FunctionKind
  readonly service: AnyClass
  readonly member: string | symbol
  /** `OrderService.consume`, for messages to people. */
  readonly place: string
  /** Name of the input binding; undefined for a supplier. */
  readonly input: string | undefined
  /** Name of the output binding; undefined for a consumer. */
  readonly output: string | undefined
}

/** All functions that work. */
export type Functions = readonly ServiceFunction[]

/**
 * Where Spring Cloud Function and Spring Cloud Stream look for the names of the functions that work; the first wins.
 */
const DEFINITIONS = ['spring.cloud.function.definition', 'spring.cloud.stream.function.definition']

/**
 * The functions of the services that the configuration wants: those that a definition names (`a;b`), or all.
 * @throws RMQ_FUNCTION_UNKNOWN  the definition names one that no service has
 * @throws RMQ_FUNCTION_TAKEN  two methods have one name
 */
export function serviceFunctions(services: readonly AnyClass[], environment: Environment): Functions {
  const all = new Map<string, ServiceFunction>()
  for (const service of services) {
    for (const { member, kind, name } of functionsOf(service)) {
      const place = `${service.name}.${String(member)}`
      const before = all.get(name)
      if (before !== undefined) throw frameworkErrors.RMQ_FUNCTION_TAKEN({ name, first: before.place, second: place })
      const binding = (end: string): string => bindingName(`${name}-${end}-0`, environment)
      const input = kind === 'supplier' ? undefined : binding('in')
      const output = kind === 'consumer' ? undefined : binding('out')
      all.set(name, { name, kind, service, member, place, input, output })
    }
  }
  const key = DEFINITIONS.find((one) => environment.get(one) !== undefined)
  if (key === undefined) return [...all.values()]
  return wanted(environment.get(key)?.text ?? '').flatMap((name) => {
    const found = all.get(name)
    if (found !== undefined) return [found]
    throw frameworkErrors.RMQ_FUNCTION_UNKNOWN({ key, name, known: [...all.keys()] })
  })
}

/** Names by semicolon; one at the end, as many files have it, means nothing. */
function wanted(definition: string): readonly string[] {
  return definition.split(';').flatMap((name) => (name.trim() === '' ? [] : [name.trim()]))
}

/**
 * The name of a binding whose implicit name is `<function>-in-0` or `-out-0`; configuration may give it another one.
 */
export function bindingName(implicit: string, environment: Environment): string {
  return environment.get(`spring.cloud.stream.function.bindings[${implicit}]`)?.text.trim() ?? implicit
}
