import { join } from 'node:path'
import { threadId } from 'node:worker_threads'
import { codeOf } from '../../base/errors/index.ts'
import type { Files } from '../../base/files/index.ts'
import { storeErrors } from '../errors.ts'

/** Ours, beside Apache's `lock`: who uses the directory. */
const OWNER_FILE = 'lock.rocketstream'

/** What Apache's broker writes into its `lock` file. */
const LOCK_TEXT = 'lock'

/** Name of a program of Apache's, as it stands in the command line of a running broker. */
const APACHE_PROGRAM = 'org.apache.rocketmq'

/** Directories used by this thread, so that a second store in it is refused. */
const usedBy = new WeakMap<Files, Set<string>>()

interface Owner {
  readonly pid: number
  /** Tells processes apart that got the same id one after the other; empty where the system does not tell. */
  readonly startTime: string
  /** Of this process; a store that was left open by this very thread is gone. */
  readonly thread: number
}

/**
 * Keeps two stores from using one directory. Node has no `fcntl` lock, which Apache's broker takes on the file `lock`, so the
 * process that is named in the directory is looked for instead.
 *
 * @param directory  existing
 * @returns releases the lock
 * @throws RMQ_STORE_LOCKED
 */
export function lockDirectory(directory: string, files: Files): () => void {
  const path = join(directory, OWNER_FILE)
  const me: Owner = { pid: process.pid, startTime: startTimeOf(process.pid, files) ?? '', thread: threadId }
  const used = usedBy.get(files) ?? new Set()
  usedBy.set(files, used)
  if (used.has(directory))
    throw storeErrors.RMQ_STORE_LOCKED({ dir: directory, pid: me.pid, by: 'this program itself' })
  const owner = readOwner(files.readWhole(path))
  if (owner !== undefined && !isSame(owner, me) && isRunning(owner, files)) {
    throw storeErrors.RMQ_STORE_LOCKED({ dir: directory, pid: owner.pid, by: 'another store' })
  }
  const apachePid = Number(files.readWhole(join(directory, 'abort'))?.toString().trim() ?? Number.NaN)
  if (Number.isInteger(apachePid) && isApacheBroker(apachePid, files)) {
    throw storeErrors.RMQ_STORE_LOCKED({ dir: directory, pid: apachePid, by: 'an Apache RocketMQ broker' })
  }
  files.writeWhole(path, JSON.stringify(me))
  files.writeWhole(join(directory, 'lock'), LOCK_TEXT)
  used.add(directory)
  return () => {
    used.delete(directory)
    files.remove(path)
  }
}

function readOwner(content: Buffer | undefined): Owner | undefined {
  if (content === undefined) return undefined
  try {
    const { pid, startTime, thread } = JSON.parse(content.toString()) as Partial<Owner>
    if (typeof pid !== 'number' || typeof startTime !== 'string' || typeof thread !== 'number') return undefined
    return { pid, startTime, thread }
  } catch {
    // Cut off by a crash while it was written: then its writer is gone.
    return undefined
  }
}

function isSame(owner: Owner, me: Owner): boolean {
  return owner.pid === me.pid && owner.startTime === me.startTime && owner.thread === me.thread
}

function isRunning(owner: Owner, files: Files): boolean {
  const startTime = startTimeOf(owner.pid, files)
  if (startTime !== undefined && owner.startTime !== '') return startTime === owner.startTime
  return isAlive(owner.pid)
}

/** When a process started, in the system's own unit; `undefined` when it is not there or the system has no `/proc`. */
function startTimeOf(pid: number, files: Files): string | undefined {
  const stat = readProc(`/proc/${pid}/stat`, files)
  // The name before may contain anything; field 22, the start time, is the 20th behind the last parenthesis.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
}

function isApacheBroker(pid: number, files: Files): boolean {
  return pid !== process.pid && (readProc(`/proc/${pid}/cmdline`, files)?.includes(APACHE_PROGRAM) ?? false)
}

function readProc(path: string, files: Files): string | undefined {
  try {
    return files.readWhole(path)?.toString('latin1')
  } catch (failure) {
    // Another user's process may hide its files.
    if (codeOf(failure) === undefined) throw failure
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (failure) {
    return codeOf(failure) === 'EPERM'
  }
}
