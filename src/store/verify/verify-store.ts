import { resolve } from 'node:path'
import { type Files, nodeFiles } from '../../base/files/index.ts'
import { isUsedHere } from '../checkpoint/directory-lock.ts'
import { directoryUser } from '../checkpoint/directory-user.ts'
import type { StoreConfig } from '../config.ts'
import { storeErrors } from '../errors.ts'
import { StoreCheck } from './store-check.ts'

const LOOK_ANYWAY = 'look all the same (evenInUse, --even-in-use): the newest messages may look like damage then'

/**
 * How {@link verifyStore} checks. Sizes and delay levels may be given as settings of the store; default: what the files
 * say.
 */
export interface VerifyOptions extends Partial<StoreConfig> {
  /** True: a store in use is checked all the same; what is written meanwhile may look like damage. Default false. */
  readonly evenInUse?: boolean
  /** Called now and then with how many bytes of the log were checked, of how many. */
  readonly progress?: (checkedBytes: number, totalBytes: number) => void
}

/** What {@link verifyStore} found. */
export interface VerifiedStore {
  /** Sound records in the log. */
  readonly records: number
  /** Queues with entries. */
  readonly queues: number
  /** Entries of these queues. */
  readonly entries: number
  /** Entries of the index; a key of a message is one. */
  readonly indexedKeys: number
  /** Where the log begins and ends. */
  readonly minPhysicalOffset: number
  readonly maxPhysicalOffset: number
  /** Bytes of the log from its begin to its end. */
  readonly bytes: number
  /** False: the last stop was a crash, or somebody uses the store. */
  readonly isClean: boolean
  /** What the next start mends by itself, one sentence each; only when it was no clean stop. */
  readonly pending: readonly string[]
  /** One sentence each, with positions; empty for a store that is in order. */
  readonly problems: readonly string[]
}

/**
 * Checks the files of a store that nobody has open: every record is sound, has the right checksum and lies where it
 * says; every queue entry points to the record with that topic, queue and queue offset and has its tags code, and every
 * record that should has its entry; the index leads to every key from its first record on, and to nothing else; names
 * and lengths of files, `checkpoint`, the note of the last stop and the files of `config/` are plausible. Changes
 * nothing on the disk. A directory that is missing is an empty store.
 *
 * @throws RMQ_STORE_LOCKED  (rejects) a store or a broker uses the directory
 */
export async function verifyStore(
  directory: string,
  options: VerifyOptions = {},
  files: Files = nodeFiles,
): Promise<VerifiedStore> {
  const root = resolve(directory)
  if (options.evenInUse !== true) refuseUsed(root, files)
  const check = new StoreCheck(root, options, files)
  try {
    return await check.run()
  } finally {
    check.close()
  }
}

/**
 * Refuses to look at a store that may change meanwhile.
 * @throws RMQ_STORE_LOCKED
 */
export function refuseUsed(directory: string, files: Files): void {
  const user = isUsedHere(directory, files)
    ? { pid: process.pid, by: 'this program itself' }
    : directoryUser(directory, files)
  if (user !== undefined) throw storeErrors.RMQ_STORE_LOCKED({ dir: directory, ...user, or: LOOK_ANYWAY })
}
