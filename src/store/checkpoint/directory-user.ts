import { join } from 'node:path'
import { codeOf } from '../../base/errors/index.ts'
import type { FileFacts, Files } from '../../base/files/index.ts'
import { isRunning, ownerFiles } from './directory-owner.ts'

/** Who uses a directory. */
export interface DirectoryUser {
  readonly pid: number
  /** In words, for a message. */
  readonly by: string
}

/** The file that Apache's broker opens when it begins to start, and locks when it has recovered. */
export const APACHE_LOCK_FILE = 'lock'

/** Name of a program of Apache's, as it stands in the command line of a running broker. */
const APACHE_PROGRAM = 'org.apache.rocketmq'

const BY_APACHE = 'an Apache RocketMQ broker'

/**
 * The process that uses the directory, this thread not counted; `undefined` when none is found. Changes nothing. What
 * Apache's broker leaves no sign of is found on Linux only: it has the file `lock` open from the beginning of its
 * start.
 */
export function directoryUser(directory: string, files: Files): DirectoryUser | undefined {
  for (const { owner } of ownerFiles(directory, files)) {
    if (owner !== undefined && isRunning(owner, files)) return { pid: owner.pid, by: 'another store' }
  }
  return apacheUser(directory, files)
}

/** The broker of Apache's that uses the directory. */
export function apacheUser(directory: string, files: Files): DirectoryUser | undefined {
  const noted = Number(
    unlessHidden(() => files.readWhole(join(directory, 'abort')))
      ?.toString()
      .trim() || Number.NaN,
  )
  if (Number.isInteger(noted) && isApacheProgram(noted, files)) return { pid: noted, by: BY_APACHE }
  const lock = files.facts(join(directory, APACHE_LOCK_FILE))
  if (lock === undefined) return undefined
  const holder = lockHolder(lock, files) ?? opener(lock, files)
  return holder === undefined ? undefined : { pid: holder, by: BY_APACHE }
}

/**
 * The process with a POSIX lock on that file. `/proc/locks` has a line for each:
 * `1: POSIX ADVISORY WRITE 77 08:02:1234 0 0`.
 */
function lockHolder(lock: FileFacts, files: Files): number | undefined {
  const text = unlessHidden(() => files.readWhole('/proc/locks'))?.toString('latin1') ?? ''
  const place = `${hexOf(majorOf(lock.device))}:${hexOf(minorOf(lock.device))}:${lock.inode}`
  for (const line of text.split('\n')) {
    const words = line.trim().split(/\s+/)
    if (words[1] !== 'POSIX') continue
    const pid = Number(words[4])
    const where = words[5] ?? ''
    if (where === place && pid !== process.pid) return pid
    // Some file systems show another device here than to programs.
    if (where.endsWith(`:${lock.inode}`) && isApacheProgram(pid, files)) return pid
  }
  return undefined
}

/** A program of Apache's that has that file open, though it has not locked it yet. */
function opener(lock: FileFacts, files: Files): number | undefined {
  for (const { name } of unlessHidden(() => files.list('/proc')) ?? []) {
    const pid = Number(name)
    if (!Number.isInteger(pid) || !isApacheProgram(pid, files)) continue
    for (const { name: descriptor } of unlessHidden(() => files.list(`/proc/${name}/fd`)) ?? []) {
      const open = unlessHidden(() => files.facts(`/proc/${name}/fd/${descriptor}`))
      if (open?.inode === lock.inode && open.device === lock.device) return pid
    }
  }
  return undefined
}

function isApacheProgram(pid: number, files: Files): boolean {
  if (pid === process.pid || pid <= 0) return false
  const commandLine = unlessHidden(() => files.readWhole(`/proc/${pid}/cmdline`))?.toString('latin1') ?? ''
  // A shell or an editor may have the name in its command line, too.
  return /(^|\/)java\0/.test(commandLine) && commandLine.includes(APACHE_PROGRAM)
}

/** Another user's process may hide its files, and any process may end. */
function unlessHidden<Value>(look: () => Value): Value | undefined {
  try {
    return look()
  } catch (failure) {
    if (codeOf(failure) === undefined) throw failure
    return undefined
  }
}

/** The parts of a device's number, as Linux packs them. */
function majorOf(device: number): number {
  return (Math.floor(device / 2 ** 8) & 0xfff) + Math.floor(device / 2 ** 44) * 2 ** 12
}

function minorOf(device: number): number {
  return (device & 0xff) + (Math.floor(device / 2 ** 20) & 0xfff) * 2 ** 8
}

function hexOf(part: number): string {
  return part.toString(16).padStart(2, '0')
}
