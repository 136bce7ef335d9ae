import type { DataVersion } from '../../remoting/index.ts'

/** Whether two versions of a broker's topics are the same. Apache: `DataVersion.equals`. */
export function sameVersion(left: DataVersion, right: DataVersion): boolean {
  return (
    left.stateVersion === right.stateVersion && left.counter === right.counter && left.timestamp === right.timestamp
  )
}
