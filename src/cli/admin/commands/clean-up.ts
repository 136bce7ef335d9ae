import type { Admin } from '../../../admin/index.ts'
import type { AdminCommand } from '../admin-command.ts'
import { BROKER } from '../flags.ts'

/** Apache: `DeleteExpiredCommitLogSubCommand` (5.3.3). */
export const deleteExpiredCommitLog: AdminCommand = cleanUp(
  'deleteExpiredCommitLog',
  'delete commit log files older than fileReservedTime at any hour',
  (admin, broker) => admin.brokers.deleteExpiredLog(broker),
)
/** Apache: `CleanExpiredCQSubCommand` (5.3.3). */
export const cleanExpiredCQ: AdminCommand = cleanUp(
  'cleanExpiredCQ',
  'remove consume queues all of whose messages have left the commit log',
  (admin, broker) => admin.brokers.cleanExpiredQueues(broker),
)
/** Apache: `CleanUnusedTopicCommand` (5.3.3). */
export const cleanUnusedTopic: AdminCommand = cleanUp(
  'cleanUnusedTopic',
  'remove consume queues of topics that a broker does not have any more',
  (admin, broker) => admin.brokers.cleanUnusedTopics(broker),
)

/**
 * Without a broker it is done at all brokers of a cluster, slaves as well; without a cluster at those of all clusters.
 */
function cleanUp(
  name: string,
  description: string,
  clean: (admin: Admin, broker: string) => Promise<void>,
): AdminCommand {
  return {
    name,
    description,
    flags: [BROKER, { short: 'c', long: 'cluster', text: 'all brokers of a cluster; neither: of all clusters' }],
    async run({ admin, flags, line }) {
      const broker = flags.optionalText('brokerAddr')
      const brokers = broker === undefined ? await brokersOf(admin, flags.optionalText('cluster')) : [broker]
      for (const address of brokers) await clean(admin, address)
      line(brokers.length > 0 ? 'success' : 'false')
    },
  }
}

async function brokersOf(admin: Admin, cluster: string | undefined): Promise<string[]> {
  const clusters = cluster === undefined ? Object.keys((await admin.cluster.info()).clusterAddrTable) : [cluster]
  const found = await Promise.all(clusters.map((each) => admin.cluster.brokers(each)))
  return found.flat().flatMap(({ master, slaves }) => (master === undefined ? slaves : [master, ...slaves]))
}
