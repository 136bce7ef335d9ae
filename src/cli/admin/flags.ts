import type { AdminTarget } from '../../admin/index.ts'
import type { AdminFlag, GivenFlags } from './admin-command.ts'

/** `-b`: one broker. */
export const BROKER: AdminFlag = { short: 'b', long: 'brokerAddr', text: 'one broker, host:port' }
/** `-c`: all masters of a cluster. */
export const CLUSTER: AdminFlag = { short: 'c', long: 'clusterName', text: 'all masters of a cluster' }
/** `-t`. */
export const TOPIC: AdminFlag = { short: 't', long: 'topic', text: 'topic', required: true }

/** Where {@link BROKER} or {@link CLUSTER} say; a broker wins. */
export function targetOf(flags: GivenFlags): AdminTarget {
  const broker = flags.optionalText(BROKER.long)
  return broker === undefined ? { cluster: flags.text(CLUSTER.long) } : { broker }
}
