import { type AnyClass, addContracts, checkLegacy } from './metadata.ts'

/**
 * Class decorator: the service uses the channels of these contracts. A contract is a class whose members carry `@Input`
 * or `@Output`; it can be injected by itself, `@inject(CustomSource)`. Subclasses of the service inherit it.
 *
 * ```ts
 * @EnableBinding(CustomSource, CustomSink)
 * class OrderService { … }
 * ```
 */
export function EnableBinding(...contracts: readonly (AnyClass | readonly AnyClass[])[]): ClassDecorator {
  return (target, ...context: readonly unknown[]) => {
    checkLegacy('EnableBinding', context[0])
    addContracts(target, contracts.flat())
  }
}
