import { type AnyClass, channelsOf } from '../../../decorators/index.ts'
import { frameworkErrors } from '../errors.ts'

/**
 * Makes the object behind a contract class: its decorated members become functions that give the channel.
 * @throws RMQ_CONTRACT_MEMBER  a member has no decorator and so would be undefined when called
 */
export function makeContract(contract: AnyClass, channelOf: (name: string) => unknown): object {
  // A contract is abstract only for the compiler. Constructing it shows the members that were declared without a
  // decorator.
  const instance: object = Reflect.construct(contract as unknown as new () => object, [])
  const members = channelsOf(contract)
  for (const { member, channel } of members) {
    const found = channelOf(channel)
    Object.defineProperty(instance, member, { value: () => found, enumerable: true })
  }
  for (const [member, value] of Object.entries(instance))
    if (value === undefined) throw frameworkErrors.RMQ_CONTRACT_MEMBER({ contract: contract.name, member })
  return Object.freeze(instance)
}
