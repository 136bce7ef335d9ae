import { readAddressList } from '../../base/network/index.ts'
import { brokerErrors } from '../errors.ts'

/**
 * The addresses of `namesrvAddr`.
 * @throws RMQ_BROKER_ADDRESS
 */
export function nameServerAddresses(namesrvAddr: string): readonly string[] {
  const { addresses, illegal } = readAddressList(namesrvAddr)
  if (illegal !== undefined) throw brokerErrors.RMQ_BROKER_ADDRESS({ key: 'namesrvAddr', value: illegal })
  return addresses
}
