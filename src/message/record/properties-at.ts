// Hot path: where the properties of a stored record begin.
import { SYS_FLAG } from '../sys-flag.ts'
import { HOST_BYTES, MAGIC, RECORD } from './layout.ts'

/** Where the properties of the record at `at`, which the store has checked, begin; they end with the record. */
export function recordPropertiesAt(bytes: Buffer, at: number): number {
  const sysFlag = bytes.readInt32BE(at + RECORD.sysFlag)
  const bornBytes = (sysFlag & SYS_FLAG.bornHostV6) === 0 ? 0 : HOST_BYTES.v6 - HOST_BYTES.v4
  const storeBytes = (sysFlag & SYS_FLAG.storeHostV6) === 0 ? 0 : HOST_BYTES.v6 - HOST_BYTES.v4
  const bodyAt = at + RECORD.body + bornBytes + storeBytes
  const topicAt = bodyAt + bytes.readInt32BE(bodyAt - 4)
  const isV2 = bytes.readInt32BE(at + RECORD.magic) === MAGIC.v2
  return topicAt + (isV2 ? 2 + bytes.readUInt16BE(topicAt) : 1 + bytes.readUInt8(topicAt)) + 2
}
