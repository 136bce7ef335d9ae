import { type AnyClass, channelsOf, contractsOf } from '../../../decorators/index.ts'
import { nearest } from '../../base/config/index.ts'
import { frameworkErrors } from '../errors.ts'
import type { ServiceFunction } from '../functions/functions.ts'

/** A binding that the program wants: some contract has a member for it. */
export interface DeclaredBinding {
  readonly name: string
  readonly direction: 'input' | 'output'
  /** `CustomSource.output2`: who declares it. */
  readonly place: string
}

/** All that the services declare. */
export interface Declarations {
  readonly contracts: readonly AnyClass[]
  readonly bindings: ReadonlyMap<string, DeclaredBinding>
}

/**
 * Collects the contracts of the services and their channels, and the bindings of functions. Two contracts that both inherit a channel share it. Names
 * differ by more than case, because configuration does not see case.
 * @throws RMQ_BINDING_CONFLICT  one name is both an input and an output
 */
export function declareBindings(services: readonly AnyClass[], functions: readonly ServiceFunction[]): Declarations {
  const contracts = [...new Set(services.flatMap((service) => contractsOf(service)))]
  const bindings = new Map<string, DeclaredBinding>()
  const declare = (name: string, direction: 'input' | 'output', place: string): void => {
    const before = bindings.get(name)
    if (before === undefined) bindings.set(name, { name, direction, place })
    else if (before.direction !== direction) {
      const [first, second] = direction === 'output' ? [before.place, place] : [place, before.place]
      throw frameworkErrors.RMQ_BINDING_CONFLICT({ binding: name, first, second })
    }
  }
  for (const contract of contracts) {
    for (const { channel, direction, member } of channelsOf(contract))
      declare(channel, direction, `${contract.name}.${String(member)}`)
  }
  for (const { input, output, place } of functions) {
    if (input !== undefined) declare(input, 'input', place)
    if (output !== undefined) declare(output, 'output', place)
  }
  return { contracts, bindings }
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
