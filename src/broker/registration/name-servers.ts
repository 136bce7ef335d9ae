import { parseAddress } from '../../base/network/index.ts'
import { brokerErrors } from '../errors.ts'

/**
 * The addresses of `namesrvAddr`.
 * @throws RMQ_BROKER_ADDRESS
 */
export function nameServerAddresses(namesrvAddr: string): readonly string[] {
  const addresses = namesrvAddr
    .split(';')
    .map((address) => address.trim())
    .filter((address) => address !== '')
  for (const address of addresses) {
    if (parseAddress(address) === undefined)
      throw brokerErrors.RMQ_BROKER_ADDRESS({ key: 'namesrvAddr', value: address })
  }
  return [...new Set(addresses)]
}
