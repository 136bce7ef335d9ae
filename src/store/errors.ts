import { defineErrors } from '../base/errors/index.ts'

export const storeErrors = defineErrors({
  RMQ_STORE_LOCKED: (d: { dir: string; pid: number; by: string; or: string }) =>
    `Store directory "${d.dir}" is used by ${d.by} (process ${d.pid}). Stop it, or ${d.or}.`,
  RMQ_STORE_DIRECTORY: (d: { path: string; reason: string }) =>
    `The store cannot use "${d.path}": ${d.reason}. Give this user the right to read and write it, or set storePathRootDir to another directory.`,
  RMQ_STORE_FILE_LENGTH: (d: { path: string; bytes: number; expected: number; setting: string }) =>
    `"${d.path}" has ${d.bytes} bytes, not ${d.expected}. If the store was made with other file sizes, set ${d.setting}=${d.bytes}; if the file was cut, restore it from a copy.`,
  RMQ_STORE_DAMAGE_NOT_SAVED: (d: { path: string; position: number; reason: string }) =>
    `The log ends in damage at position ${d.position}, but there are sound messages behind it, and saving them in "${d.path}" failed: ${d.reason}. Nothing was cut. Make room on the disk and start again.`,
  RMQ_STORE_STRAY_FILE: (d: { path: string; expected: string }) =>
    `"${d.path}" does not belong there: expected ${d.expected}. Move it away and start again.`,
  RMQ_STORE_QUEUE_KIND: (d: { path: string; topic: string; kind: string; expected: string }) =>
    `"${d.path}" holds ${d.kind} queues, but topic "${d.topic}" has ${d.expected} queues. If the topic's attribute queue.type is wrong, correct it in config/topics.json; if not, move this folder away: its messages stay in the log.`,
  RMQ_STORE_READ_FAILED: (d: { path: string; reason: string }) =>
    `Reading "${d.path}" failed: ${d.reason}. Check the disk; a damaged store can be checked with verifyStore.`,
  RMQ_STORE_TOO_MANY_READS: (d: { waiting: number }) =>
    `${d.waiting} reads of older messages wait for the disk. Read again later, let fewer consumers catch up at the same time, or raise coldReadsWaitingMax.`,
  RMQ_STORE_WRITE_FAILED: (d: { what: string }) =>
    `The ${d.what} could not be written to the disk; the log has the reason. Make room or check the disk, then start again: the store rebuilds them.`,
  RMQ_STORE_CLOSE_FAILED: (d: { dir: string; step: string; reason: string }) =>
    `The store in "${d.dir}" could not be closed cleanly: ${d.step} failed: ${d.reason}. Make room or check the disk, then start again: the store recovers, and everything that was acknowledged is there.`,
  RMQ_STORE_DISK_FULL: (d: { path: string; reason: string }) =>
    `The store cannot be opened: there is no room to write "${d.path}": ${d.reason}. Make room on its disk, then start again; nothing in the store was lost.`,
  RMQ_STORE_CONFIG_MALFORMED: (d: { reason: string }) =>
    `It is not JSON as a broker writes it: ${d.reason}. Restore it from its .bak or from a copy.`,
  RMQ_STORE_DELAY_LEVELS: (d: { text: string; part: string }) =>
    `messageDelayLevel "${d.text}" is not valid at "${d.part}": write levels as numbers with s, m, h or d, such as "1s 5s 10s 1m 2h".`,
  RMQ_STORE_REFUSED: (d: { topic: string; queueId: number; status: string }) =>
    `The message for ${d.topic}/${d.queueId} was not stored: ${d.status}. Mend the message, or make room on the disk, and append it again.`,
})
