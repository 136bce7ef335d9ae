import { defineErrors } from '../base/errors/index.ts'

export const storeErrors = defineErrors({
  RMQ_STORE_LOCKED: (d: { dir: string; pid: number; by: string }) =>
    `Store directory "${d.dir}" is used by ${d.by} (process ${d.pid}). Stop it, or set storePathRootDir to another directory.`,
  RMQ_STORE_DIRECTORY: (d: { path: string; reason: string }) =>
    `The store cannot use "${d.path}": ${d.reason}. Give this user the right to read and write it, or set storePathRootDir to another directory.`,
  RMQ_STORE_FILE_LENGTH: (d: { path: string; bytes: number; expected: number; setting: string }) =>
    `"${d.path}" has ${d.bytes} bytes, not ${d.expected}. If the store was made with other file sizes, set ${d.setting}=${d.bytes}; if the file was cut, restore it from a copy.`,
  RMQ_STORE_STRAY_FILE: (d: { path: string; expected: string }) =>
    `"${d.path}" does not belong there: expected ${d.expected}. Move it away and start again.`,
  RMQ_STORE_READ_FAILED: (d: { path: string; reason: string }) =>
    `Reading "${d.path}" failed: ${d.reason}. Check the disk; a damaged store can be checked with verifyStore.`,
  RMQ_STORE_TOO_MANY_READS: (d: { waiting: number }) =>
    `${d.waiting} reads of older messages wait for the disk. Read again later, let fewer consumers catch up at the same time, or raise coldReadsWaitingMax.`,
  RMQ_STORE_WRITE_FAILED: (d: { what: string }) =>
    `The ${d.what} could not be written to the disk; the log has the reason. Make room or check the disk, then start again: the store rebuilds them.`,
  RMQ_STORE_DELAY_LEVELS: (d: { text: string; part: string }) =>
    `messageDelayLevel "${d.text}" is not valid at "${d.part}": write levels as numbers with s, m, h or d, such as "1s 5s 10s 1m 2h".`,
})
