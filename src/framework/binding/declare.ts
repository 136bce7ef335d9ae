import { type AnyClass, channelsOf, contractsOf } from '../../../decorators/index.ts'
import { nearest } from '../../base/config/index.ts'
import type { Environment, ServiceProperties } from '../config/index.ts'
import { frameworkErrors } from '../errors.ts'
import { bindingName, type ServiceFunction } from '../functions/functions.ts'
import { explicitBindings } from './explicit-bindings.ts'

/**
 * A binding that the program wants: some contract has a member for it, it belongs to a function, or the configuration
 * lists it.
 */
export interface DeclaredBinding {
  readonly name: string
  readonly direction: 'input' | 'output'
  /** True: an input whose messages are asked for one by one. */
  readonly polled: boolean
  /** `CustomSource.output2`, or a key of the configuration: who declares it. */
  readonly place: string
}

/** All that the services declare. */
export interface Declarations {
  readonly contracts: readonly AnyClass[]
  readonly bindings: ReadonlyMap<string, DeclaredBinding>
}

/**
 * Collects the contracts of the services and their channels, the bindings of functions, and those that the
 * configuration lists. Two contracts that both inherit a channel share it. Names differ by more than case, because
 * configuration does not see case.
 * @throws RMQ_BINDING_CONFLICT  one name is both an input and an output
 * @throws RMQ_BINDING_POLLED  one input is polled here and not there
 */
export function declareBindings(
  services: readonly AnyClass[],
  functions: readonly ServiceFunction[],
  service: ServiceProperties,
  environment: Environment,
): Declarations {
  const contracts = [...new Set(services.flatMap((service) => contractsOf(service)))]
  const bindings = new Map<string, DeclaredBinding>()
  const declare = (declared: DeclaredBinding): void => {
    const { name, direction, polled, place } = declared
    const before = bindings.get(name)
    if (before === undefined) bindings.set(name, declared)
    else if (before.direction !== direction) {
      const [first, second] = direction === 'output' ? [before.place, place] : [place, before.place]
      throw frameworkErrors.RMQ_BINDING_CONFLICT({ binding: name, first, second })
    } else if (before.polled !== polled) {
      throw frameworkErrors.RMQ_BINDING_POLLED({ binding: name, place: polled ? before.place : place })
    }
  }
  for (const contract of contracts) {
    for (const { channel, direction, member, polled } of channelsOf(contract))
      declare({ name: channel, direction, polled, place: `${contract.name}.${String(member)}` })
  }
  for (const { input, output, place } of functions) {
    if (input !== undefined) declare({ name: input, direction: 'input', polled: false, place })
    if (output !== undefined) declare({ name: output, direction: 'output', polled: false, place })
  }
  for (const { implicit, ...explicit } of explicitBindings(service))
    declare({ ...explicit, name: bindingName(implicit, environment) })
  return { contracts, bindings }
}

/**
 * Finds an input that hands messages over by itself.
 * @throws RMQ_BINDING_UNKNOWN, RMQ_BINDING_POLLED
 */
export function requirePushedInput(
  bindings: ReadonlyMap<string, DeclaredBinding>,
  name: string,
  place: string,
): DeclaredBinding {
  const found = requireBinding(bindings, 'input', name, place)
  if (found.polled) throw frameworkErrors.RMQ_BINDING_POLLED({ binding: name, place })
  return found
}

/**
 * Finds a declared channel of one direction.
 * @throws RMQ_BINDING_UNKNOWN  there is none; the message names those there are
 */
export function requireBinding(
  bindings: ReadonlyMap<string, DeclaredBinding>,
  direction: 'input' | 'output',
  name: string,
  place: string,
): DeclaredBinding {
  const found = bindings.get(name)
  if (found?.direction === direction) return found
  const known = [...bindings.values()].filter((one) => one.direction === direction).map((one) => one.name)
  throw frameworkErrors.RMQ_BINDING_UNKNOWN({ place, direction, name, known, near: nearest(name, known) })
}
