// Messages: what is sent, what is received, and how both are written.
export { type BatchItem, type BatchPart, countBatch, decodeBatch, encodeBatch } from './batch/batch.ts'
export { isInnerBatch, unwrapBatch } from './batch/unwrap.ts'
// Compression
export {
  COMPRESSION_TYPES,
  type CompressionType,
  compressBody,
  compressionFlag,
  DECOMPRESSED_BYTES_MAX,
  decompressBody,
  loadCompression,
} from './compression/compression.ts'
export { messageErrors } from './errors.ts'
// Ids and hosts
export { hostBytes, hostText, offsetMessageId, uniqueIds } from './ids.ts'
// Values
export { compareQueues, type Message, type MessageQueue, queueKey, type ReceivedMessage } from './message.ts'
export { messageProperties } from './message-properties.ts'
// Names
export {
  checkGroup,
  checkTopic,
  deadLetterTopicOf,
  GROUP_LENGTH_MAX,
  groupOfRetryTopic,
  isLegalGroup,
  isLightName,
  isRetryTopic,
  NOT_SENDABLE_TOPICS,
  PERM,
  retryTopicOf,
  SYSTEM_TOPIC,
  TOPIC_LENGTH_MAX,
  topicFault,
} from './names.ts'
// Properties and flags
export {
  appendProperties,
  decodeProperties,
  encodeProperties,
  findProperty,
  hasSeparator,
  propertyEntry,
} from './properties.ts'
export { PROPERTY, RESERVED_PROPERTIES } from './property-keys.ts'
// The stored record
export { type CrcCheck, checkRecord, NOT_A_RECORD } from './record/check.ts'
export { decodeRecord, decodeRecords } from './record/decode.ts'
export {
  encodeRecord,
  type RecordContent,
  type RecordPlace,
  type RecordRoom,
  recordBytes,
  roomOf,
} from './record/encode.ts'
export { BLANK_BYTES, HOST_BYTES, MAGIC, RECORD, RECORD_BYTES_MIN } from './record/layout.ts'
export {
  isBodySizeLikely,
  isRecordMagic,
  locateRecord,
  locateText,
  newRecordParts,
  RECORD_HEAD_BYTES,
  type RecordParts,
  type RecordText,
  recordPropertiesAt,
  STORE_TIMESTAMP_END,
  storeTimestampOf,
} from './record/locate.ts'
export { propertyCrcBytes, withoutPropertyCrc, writePropertyCrc } from './record/property-crc.ts'
export { hasQueueEntry, SYS_FLAG } from './sys-flag.ts'
