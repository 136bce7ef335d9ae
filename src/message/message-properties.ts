// Hot path: every message sent passes here once.
import { messageErrors } from './errors.ts'
import type { Message } from './message.ts'
import { encodeProperties, hasSeparator, propertyEntry } from './properties.ts'
import { PROPERTY, RESERVED_PROPERTIES } from './property-keys.ts'

/** Brokers may have any number of levels; one that is too high counts as their highest. */
const DELAY_LEVEL_MAX = 2_147_483_647

const WAIT_TRUE = propertyEntry(PROPERTY.waitStoreOk, 'true')
const WAIT_FALSE = propertyEntry(PROPERTY.waitStoreOk, 'false')

/**
 * Checks what a message says beside its body, and writes it as the text that is stored with it.
 * @param uniqueId  the producer's id of the message
 * @throws RMQ_MESSAGE_ILLEGAL
 */
export function messageProperties(message: Message, uniqueId: string): string {
  const { properties, keys, tag, delayLevel } = message
  let text = propertyEntry(PROPERTY.uniqueKey, uniqueId) + (message.waitStoreOk === false ? WAIT_FALSE : WAIT_TRUE)
  if (tag !== undefined && tag !== '') {
    if (hasSeparator(tag) || tag.trim() === '') throw illegal(message, `tag "${tag}" is blank or has a separator.`)
    text += propertyEntry(PROPERTY.tags, tag)
  }
  if (keys !== undefined && keys.length > 0) text += propertyEntry(PROPERTY.keys, joinedKeys(message, keys))
  if (message.shardingKey !== undefined) text += shardingEntry(message, message.shardingKey)
  if (delayLevel !== undefined && delayLevel !== 0) {
    if (!Number.isInteger(delayLevel) || delayLevel < 0 || delayLevel > DELAY_LEVEL_MAX) {
      throw illegal(message, `delayLevel ${delayLevel} is not a whole number of at least 1.`)
    }
    text += propertyEntry(PROPERTY.delayLevel, String(delayLevel))
  }
  if (properties !== undefined) {
    checkProperties(message, properties)
    text += encodeProperties(properties)
  }
  return text
}

function shardingEntry(message: Message, key: string): string {
  if (key === '' || hasSeparator(key)) throw illegal(message, `shardingKey "${key}" is empty or has a separator.`)
  return propertyEntry(PROPERTY.shardingKey, key)
}

function joinedKeys(message: Message, keys: readonly string[]): string {
  for (const key of keys) {
    if (key === '' || /\s/.test(key) || hasSeparator(key)) {
      throw illegal(message, `key "${key}" is empty or has a blank; keys are stored with blanks between them.`)
    }
  }
  return keys.join(' ')
}

function checkProperties(message: Message, properties: Readonly<Record<string, string>>): void {
  for (const name in properties) {
    const value = properties[name]
    if (RESERVED_PROPERTIES.has(name)) {
      throw illegal(message, `property "${name}" belongs to RocketMQ; use another name, or the message's own fields.`)
    }
    if (typeof value !== 'string' || value.trim() === '' || name.trim() === '') {
      throw illegal(message, `property "${name}" has no text as value, or a blank name; leave it out.`)
    }
    if (hasSeparator(name) || hasSeparator(value)) {
      throw illegal(message, `property "${name}" has character 1 or 2, which separate properties.`)
    }
  }
}

function illegal(message: Message, reason: string): Error {
  return messageErrors.RMQ_MESSAGE_ILLEGAL({ topic: message.topic, reason })
}
