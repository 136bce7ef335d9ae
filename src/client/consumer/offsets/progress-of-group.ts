import type { ClientSettings } from '../../config.ts'
import type { BrokerConnections } from '../../connection/broker-connections.ts'
import type { Brokers } from '../../connection/brokers.ts'
import type { MessageModel } from '../push/config.ts'
import { GroupOffsets } from './group-offsets.ts'
import type { GroupProgress } from './group-progress.ts'
import { LocalOffsets } from './local-offsets.ts'

/** What reaching the offsets of a group needs. */
interface ProgressParts {
  readonly settings: ClientSettings
  readonly brokers: Brokers
  readonly connections: BrokerConnections
}

/**
 * Where a group's progress is kept: at the brokers, or, when every member gets every message, in a file of this
 * machine.
 * @throws RMQ_OFFSETS_UNREADABLE  that file cannot be read
 */
export function progressOfGroup(
  group: string,
  model: MessageModel,
  { settings, brokers, connections }: ProgressParts,
): GroupProgress {
  const broker = new GroupOffsets(group, brokers, connections)
  if (model === 'clustering') return broker
  return new LocalOffsets({ ...settings.localOffsets, group, broker, logger: settings.logger.child('consumer') })
}
