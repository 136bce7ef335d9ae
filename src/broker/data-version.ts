import type { Clock } from '../base/time/index.ts'
import type { DataVersion } from '../remoting/index.ts'

/** The version of a new table. */
export const FIRST_VERSION: DataVersion = { counter: 0, stateVersion: 0, timestamp: 0 }

/** The version after a change. Apache: `DataVersion.nextVersion`. */
export function nextVersion(version: DataVersion, clock: Clock): DataVersion {
  return { counter: version.counter + 1, stateVersion: version.stateVersion, timestamp: clock.now() }
}
