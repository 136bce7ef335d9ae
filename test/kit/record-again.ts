import { readInt64 } from '../../src/base/bytes/index.ts'
import { encodeRecord, locateRecord, newRecordParts, RECORD, recordBytes, roomOf } from '../../src/message/index.ts'

/** Takes the record at `at` apart and writes it again, with nothing but its parts; bytes around it show overruns. */
export function writeAgain(bytes: Buffer, at: number): Buffer {
  const size = bytes.readInt32BE(at)
  const parts = newRecordParts()
  const fault = locateRecord(bytes, at, bytes.length - at, parts)
  if (fault !== undefined) throw new Error(fault)
  const { storeTimestampAt, storeHostAt, reconsumeTimesAt, bodyAt, bodyEnd, topicAt, topicEnd, propertiesAt } = parts
  const bornHost = bytes.subarray(at + RECORD.bornHost, storeTimestampAt)
  const storeHost = bytes.subarray(storeHostAt, reconsumeTimesAt)
  const topic = bytes.subarray(topicAt, topicEnd)
  const content = {
    queueId: bytes.readInt32BE(at + RECORD.queueId),
    flag: bytes.readInt32BE(at + RECORD.flag),
    // The bits of the addresses must follow from these.
    sysFlag: bytes.readInt32BE(at + RECORD.sysFlag) & ~0x30,
    bornTimestamp: readInt64(bytes, at + RECORD.bornTimestamp),
    bornHost,
    reconsumeTimes: bytes.readInt32BE(reconsumeTimesAt),
    preparedTransactionOffset: readInt64(bytes, reconsumeTimesAt + 4),
    body: bytes.subarray(bodyAt, bodyEnd),
    properties: bytes.subarray(propertiesAt, at + size),
  }
  const place = {
    queueOffset: readInt64(bytes, at + RECORD.queueOffset),
    physicalOffset: readInt64(bytes, at + RECORD.physicalOffset),
    storeTimestamp: readInt64(bytes, storeTimestampAt),
    storeHost,
  }
  const measured = recordBytes(
    content.body.length,
    topic.length,
    content.properties.length,
    bornHost.length,
    storeHost.length,
  )
  if (measured !== size) throw new Error(`${measured} bytes were measured, ${size} are stored`)
  const written = Buffer.alloc(size + 10, 0xee)
  const writtenPropertiesAt = encodeRecord(roomOf(written), 5, size, content, topic, place)
  if (writtenPropertiesAt - 5 !== propertiesAt - at) throw new Error('its properties are told to lie elsewhere')
  if (written[4] !== 0xee || written[5 + size] !== 0xee) throw new Error('bytes around the record were written')
  const asText = Buffer.alloc(size)
  encodeRecord(roomOf(asText), 0, size, { ...content, properties: content.properties.toString() }, topic, place)
  if (!asText.equals(written.subarray(5, 5 + size))) throw new Error('properties as text give other bytes')
  return asText
}
