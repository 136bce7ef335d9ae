/** The log's folder below the store's directory when no other is set. */
export const COMMIT_LOG_DIRECTORY = 'commitlog'

/** In the order of names behind all digits, so that it is the last entry of the folder. */
const PREFIX = 'in-use-by-rocketstream-'

/** The name in the log's folder that keeps Apache's broker out while a store of ours uses it. */
export function inUseMark(pid: number): string {
  return `${PREFIX}${pid}`
}

/** Whether an entry of the log's folder is such a mark. */
export function isInUseMark(name: string): boolean {
  return name.startsWith(PREFIX)
}
