import type { ServiceProperties } from '../config/index.ts'

/**
 * Lists of names that become bindings although no contract and no function declares them: the end they have, and how.
 */
const LISTS = [
  { list: 'inputBindings', key: 'input-bindings', direction: 'input', end: 'in', polled: false },
  { list: 'outputBindings', key: 'output-bindings', direction: 'output', end: 'out', polled: false },
  { list: 'source', key: 'source', direction: 'output', end: 'out', polled: false },
  { list: 'pollableSource', key: 'pollable-source', direction: 'input', end: 'in', polled: true },
] as const

/** A binding that the configuration wants. */
export interface ExplicitBinding {
  /** `orders-in-0`; `function.bindings` may give it another name. */
  readonly implicit: string
  readonly direction: 'input' | 'output'
  readonly polled: boolean
  /** The key that names it, for messages to people. */
  readonly place: string
}

/**
 * The bindings of the lists in the configuration: each name without its end, divided by semicolons as in Spring.
 * @see Spring Cloud Stream `BindingServiceProperties` (3.2), and of version 3.0 `source`
 */
export function explicitBindings(service: ServiceProperties): readonly ExplicitBinding[] {
  return LISTS.flatMap(({ list, key, direction, end, polled }) =>
    service[list]
      .split(/[;,]/)
      .map((name) => name.trim())
      .filter((name) => name !== '')
      .map((name) => ({
        implicit: `${name}-${end}-0`,
        direction,
        polled,
        place: `spring.cloud.stream.${key}=${service[list]}`,
      })),
  )
}
