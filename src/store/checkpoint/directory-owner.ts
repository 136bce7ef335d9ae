import { join } from 'node:path'
import { threadId } from 'node:worker_threads'
import { codeOf } from '../../base/errors/index.ts'
import type { Files } from '../../base/files/index.ts'

/**
 * Ours, beside Apache's `lock`: who uses the directory. After a process was killed, `lock.rocketstream.1` and so on.
 */
const OWNER_FILE = 'lock.rocketstream'

/** A store that uses a directory. */
export interface Owner {
  readonly pid: number
  /** Tells processes apart that got the same id one after the other; empty where the system does not tell. */
  readonly startTime: string
  /** Of this process; a store that was left open by this very thread is gone. */
  readonly thread: number
}

/** A file that names an owner. */
export interface OwnerFile {
  readonly number: number
  /** `undefined` when it cannot be understood. */
  readonly owner: Owner | undefined
}

/** This thread as an owner. */
export function newOwner(files: Files): Owner {
  return { pid: process.pid, startTime: startTimeOf(process.pid, files) ?? '', thread: threadId }
}

/** The file of that number. */
export function pathOf(directory: string, number: number): string {
  return join(directory, number === 0 ? OWNER_FILE : `${OWNER_FILE}.${number}`)
}

/** All such files of a directory, in the order of their numbers. */
export function ownerFiles(directory: string, files: Files): OwnerFile[] {
  const found: OwnerFile[] = []
  for (const { name } of files.list(directory)) {
    const number = /^lock\.rocketstream(?:\.(\d{1,9}))?$/.exec(name)
    if (number === null) continue
    found.push({ number: Number(number[1] ?? 0), owner: readOwner(files.readWhole(join(directory, name))) })
  }
  return found.sort((left, right) => left.number - right.number)
}

function readOwner(content: Buffer | undefined): Owner | undefined {
  if (content === undefined) return undefined
  try {
    const { pid, startTime, thread } = JSON.parse(content.toString()) as Partial<Owner>
    if (typeof pid !== 'number' || typeof startTime !== 'string' || typeof thread !== 'number') return undefined
    return { pid, startTime, thread }
  } catch {
    // Cut off by a loss of power: then its writer is gone.
    return undefined
  }
}

/** Whether that store may still use its directory: its process runs, and it is not of this very thread. */
export function isRunning(owner: Owner, files: Files): boolean {
  const startTime = startTimeOf(owner.pid, files)
  const isProcess =
    startTime !== undefined && owner.startTime !== '' ? startTime === owner.startTime : isAlive(owner.pid)
  return isProcess && !(owner.pid === process.pid && owner.thread === threadId)
}

/** When a process started, in the system's own unit; `undefined` when it is not there or the system has no `/proc`. */
function startTimeOf(pid: number, files: Files): string | undefined {
  let stat: string | undefined
  try {
    stat = files.readWhole(`/proc/${pid}/stat`)?.toString('latin1')
  } catch (failure) {
    // Another user's process may hide its files.
    if (codeOf(failure) === undefined) throw failure
  }
  // The name before may contain anything; field 22, the start time, is the 20th behind the last parenthesis.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (failure) {
    return codeOf(failure) === 'EPERM'
  }
}
