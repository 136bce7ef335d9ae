import { defineErrors } from '../base/errors/index.ts'

export const messageErrors = defineErrors({
  RMQ_TOPIC_ILLEGAL: (d: { topic: string; reason: string; suggestion: string }) =>
    `Topic "${d.topic}" is not legal: ${d.reason} Choose a name of 1-127 characters from %|a-zA-Z0-9_- such as "${d.suggestion}".`,
  RMQ_GROUP_ILLEGAL: (d: { group: string; suggestion: string }) =>
    `Group "${d.group}" is not legal. Choose a name of 1-255 characters from %|a-zA-Z0-9_- such as "${d.suggestion}".`,
  RMQ_MESSAGE_ILLEGAL: (d: { topic: string; reason: string }) =>
    `Message for topic "${d.topic}" cannot be sent: ${d.reason}`,
  RMQ_RECORD_CORRUPT: (d: { at: number; reason: string }) =>
    `A stored message at byte ${d.at} cannot be read: ${d.reason}. The store or the peer that sent it is damaged.`,
  RMQ_BODY_UNREADABLE: (d: { messageId: string; compression: string; reason: string }) =>
    `The body of message ${d.messageId} (compression ${d.compression}) cannot be read: ${d.reason}.`,
})
