import { codeOf } from '../errors/index.ts'

/** Whether a call failed because the disk, or this user's part of it, is full. */
export function isNoRoom(failure: unknown): boolean {
  const code = codeOf(failure)
  return code === 'ENOSPC' || code === 'EDQUOT'
}

/** What an entry of a directory is. */
export interface DirectoryEntry {
  readonly name: string
  readonly isDirectory: boolean
}

/** What is known of a file without opening it. */
export interface FileFacts {
  readonly bytes: number
  /** Last change of its content, epoch ms. */
  readonly modifiedMs: number
  readonly isDirectory: boolean
  /**
   * Bytes that it takes on the disk, fewer than its length when it is sparse; `undefined` where the system does not
   * tell.
   */
  readonly allocatedBytes: number | undefined
  /**
   * Numbers of the file system and of the file in it, by which a file is known under any name; 0 where there are none.
   */
  readonly device: number
  readonly inode: number
}

/** Room on a file system. */
export interface DiskSpace {
  readonly totalBytes: number
  /** Not used by anything. */
  readonly freeBytes: number
  /** That part of it which this process may use. */
  readonly usableBytes: number
}

/** How {@link Files.open} opens. */
export interface OpenOptions {
  /** True: it is made when it is missing. Default false. */
  readonly create?: boolean
  /** True: it cannot be written. Default false. */
  readonly readOnly?: boolean
}

/**
 * An open file with positioned reads and writes. What is named `…Sync` blocks the loop: writes go to the page cache and
 * take microseconds; reads belong to start-up and to tools.
 */
export interface OpenFile {
  readonly path: string
  /** Present length. */
  bytes(): number
  /**
   * Fills `into` from `position`; resolves to the number of bytes read, fewer than asked only at the end of the file.
   */
  read(into: Uint8Array, position: number): Promise<number>
  /** {@link read}, at once. */
  readSync(into: Uint8Array, position: number): number
  /** Writes all of `bytes` at `position`, or throws. */
  writeSync(bytes: Uint8Array, position: number): void
  /** Sets the length: what is cut off is gone, what is added reads as zeros and takes no room on the disk. */
  setBytes(bytes: number): void
  /** Resolves when everything written before the call would survive a loss of power. */
  datasync(): Promise<void>
  /** {@link datasync}, at once: nothing else goes on meanwhile. */
  datasyncSync(): void
  /** Closes it when running reads and syncs are done; no calls after this one. */
  close(): void
}

/** Files and directories as a port: the machine's, or simulated ones that fail and lose power on demand. */
export interface Files {
  /** Opens; throws Node's errors (`ENOENT`, `EACCES`, …). */
  open(path: string, options?: OpenOptions): OpenFile
  /** The entries of a directory, sorted by name; none when it does not exist. */
  list(directory: string): readonly DirectoryEntry[]
  /** Makes a directory and those above it; harmless when it exists. */
  makeDirectory(path: string): void
  /** `undefined` when nothing is there. */
  facts(path: string): FileFacts | undefined
  /** A whole file, `undefined` when it does not exist. */
  readWhole(path: string): Buffer | undefined
  /** Replaces the content of a file in place, making it when it is missing. */
  writeWhole(path: string, content: string | Uint8Array): void
  /** Makes a file with that content in one step; false when there is one already, which stays as it is. */
  writeNew(path: string, content: string | Uint8Array): boolean
  /**
   * Makes `path` a link that leads to `target`, an existing file, as long as this process lives, and nowhere after it
   * ended, however it ended: whoever asks then finds a length of 0. Returns what removes it; `undefined` where the
   * system has no such links.
   */
  linkWhileAlive(path: string, target: string): (() => void) | undefined
  /** Copies a file over another one. */
  copy(from: string, to: string): void
  /** Moves a file over another one in one step. */
  rename(from: string, to: string): void
  /** Removes a file or a directory with all in it; harmless when it is missing. */
  remove(path: string): void
  /** How large the file system of a directory is, and how much of it is left. */
  space(directory: string): DiskSpace
  /** Resolves when the names in a directory, as they were at the call, would survive a loss of power. */
  syncDirectory(path: string): Promise<void>
}
