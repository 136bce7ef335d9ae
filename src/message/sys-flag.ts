/** Bits of a message's system flag. Apache: `MessageSysFlag`. */
export const SYS_FLAG = {
  compressed: 0x1,
  multiTags: 0x2,
  transactionMask: 0xc,
  transactionPrepared: 0x4,
  transactionCommit: 0x8,
  transactionRollback: 0xc,
  bornHostV6: 0x10,
  storeHostV6: 0x20,
  needUnwrap: 0x40,
  innerBatch: 0x80,
  compressionMask: 0x700,
  compressionLz4: 0x100,
  compressionZstd: 0x200,
  compressionZlib: 0x300,
} as const

/** Whether a record with this system flag has an entry in a queue: half messages and roll-backs have none. */
export function hasQueueEntry(sysFlag: number): boolean {
  const transaction = sysFlag & SYS_FLAG.transactionMask
  return transaction !== SYS_FLAG.transactionPrepared && transaction !== SYS_FLAG.transactionRollback
}
