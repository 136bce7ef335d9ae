import type { BrokerData } from '../remoting/index.ts'

/** The master's address, else that of some slave. Apache: `BrokerData.selectBrokerAddr`. */
export function masterOrSlave({ brokerAddrs }: BrokerData): string | undefined {
  return brokerAddrs['0'] ?? Object.values(brokerAddrs)[0]
}
