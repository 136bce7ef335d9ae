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
export { decodeRecord, decodeRecords } from './record/decode.ts'
export { encodeRecord, type RecordContent, type RecordPlace, recordBytes } from './record/encode.ts'
export { BLANK_BYTES, HOST_BYTES, MAGIC, RECORD, RECORD_BYTES_MIN } from './record/layout.ts'
export { recordPropertiesAt } from './record/properties-at.ts'
export { SYS_FLAG } from './sys-flag.ts'
