import { type GetStatistic, type Handler, RESPONSE_CODE, statisticBody } from '../../remoting/index.ts'
import type { BrokerStats } from './broker-stats.ts'

/** One statistic. Apache: `AdminBrokerProcessor.viewBrokerStatsData` (5.3.3). */
export function statistic(stats: BrokerStats): Handler<typeof GetStatistic> {
  return ({ statsName, statsKey }) => {
    const counted = stats.find(statsName, statsKey)
    if (counted !== undefined) return { body: statisticBody.encode(counted.spans()) }
    return { code: RESPONSE_CODE.SYSTEM_ERROR, remark: `The stats <${statsName}> <${statsKey}> not exist` }
  }
}
