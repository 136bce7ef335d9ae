import { join } from 'node:path'
import type { Files } from '../../base/files/index.ts'
import { storeErrors } from '../errors.ts'
import { COMMIT_LOG_DIRECTORY, inUseMark, isInUseMark } from '../segments/in-use-mark.ts'
import { isRunning, newOwner, type OwnerFile, ownerFiles, pathOf } from './directory-owner.ts'
import { APACHE_LOCK_FILE, apacheUser } from './directory-user.ts'

/** What Apache's broker writes into its `lock` file. */
const LOCK_TEXT = 'lock'

/** What else a broker can do that finds its directory in use. */
const ELSEWHERE = 'set storePathRootDir to another directory'

/** Directories used by this thread, so that a second store in it is refused. */
const usedBy = new WeakMap<Files, Set<string>>()

/** Whether this thread has a store open in the directory. */
export function isUsedHere(directory: string, files: Files): boolean {
  return usedBy.get(files)?.has(directory) === true
}

/**
 * Keeps two stores from using one directory, ours or an Apache broker's.
 *
 * Node has no `fcntl` lock, which Apache's broker takes on the file `lock`. So ours are told apart by a file that names
 * its process, and Apache's broker is looked for among the processes. It is kept out by a link in the log's directory
 * that leads to a file as long as we live: the length is not that of a log file, and Apache's broker refuses to load
 * such a directory. When we are gone, however we ended, the link leads nowhere and counts as an empty last file, which
 * Apache's broker removes [MappedFileQueue.doLoad, 5.3.3].
 *
 * @param directory  existing
 * @param logDirectory  where the log lies, or the first of such directories
 * @returns releases the lock
 * @throws RMQ_STORE_LOCKED
 */
export function lockDirectory(
  directory: string,
  files: Files,
  logDirectory: string = join(directory, COMMIT_LOG_DIRECTORY),
): () => void {
  const used = usedBy.get(files) ?? new Set()
  usedBy.set(files, used)
  if (used.has(directory)) {
    throw storeErrors.RMQ_STORE_LOCKED({ dir: directory, pid: process.pid, by: 'this program itself', or: ELSEWHERE })
  }
  const release = takeOwnership(directory, files)
  try {
    refuseApache(directory, files)
    files.writeWhole(join(directory, APACHE_LOCK_FILE), LOCK_TEXT)
    removeMarks(logDirectory, files)
    const unmark = mark(directory, logDirectory, files)
    try {
      // A broker that began to start in the meantime has either seen the mark or is seen now.
      refuseApache(directory, files)
    } catch (failure) {
      unmark()
      throw failure
    }
    used.add(directory)
    return () => {
      used.delete(directory)
      unmark()
      release()
    }
  } catch (failure) {
    release()
    throw failure
  }
}

function refuseApache(directory: string, files: Files): void {
  const user = apacheUser(directory, files)
  if (user !== undefined) throw storeErrors.RMQ_STORE_LOCKED({ dir: directory, ...user, or: ELSEWHERE })
}

/**
 * Makes the file that names the owner. When a process was killed its file is still there, so the next one makes the
 * file with the next number: of all who try, only one can, and what another one made is looked at again.
 */
function takeOwnership(directory: string, files: Files): () => void {
  const me = JSON.stringify(newOwner(files))
  for (;;) {
    const found = ownerFiles(directory, files)
    refuseOwners(directory, found, files)
    const mine = (found.at(-1)?.number ?? -1) + 1
    if (!files.writeNew(pathOf(directory, mine), me)) continue
    const release = (): void => files.remove(pathOf(directory, mine))
    try {
      // Somebody may have come and gone between the look and the file, so that another one began to count anew.
      const others = ownerFiles(directory, files).filter(({ number }) => number !== mine)
      refuseOwners(directory, others, files)
      for (const { number } of others) if (number < mine) files.remove(pathOf(directory, number))
      return release
    } catch (failure) {
      release()
      throw failure
    }
  }
}

function refuseOwners(directory: string, found: readonly OwnerFile[], files: Files): void {
  const running = found.find(({ owner }) => owner !== undefined && isRunning(owner, files))?.owner
  if (running !== undefined) {
    throw storeErrors.RMQ_STORE_LOCKED({ dir: directory, pid: running.pid, by: 'another store', or: ELSEWHERE })
  }
}

function mark(directory: string, logDirectory: string, files: Files): () => void {
  files.makeDirectory(logDirectory)
  return (
    files.linkWhileAlive(join(logDirectory, inUseMark(process.pid)), join(directory, APACHE_LOCK_FILE)) ??
    (() => undefined)
  )
}

/** Marks of stores that were killed; one of them would lead somewhere again if another process got its id. */
function removeMarks(logDirectory: string, files: Files): void {
  for (const { name } of files.list(logDirectory)) if (isInUseMark(name)) files.remove(join(logDirectory, name))
}
