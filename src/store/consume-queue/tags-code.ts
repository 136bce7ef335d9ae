// Hot path: every stored message's properties are searched once for its tag.

import { storeErrors } from '../errors.ts'
import { hashUpTo } from '../index-file/key-hash.ts'
import { BATCH_MESSAGES_MAX } from './entry.ts'

const NAME_END = 1
const ENTRY_END = 2
const TAGS = Buffer.from('TAGS\u0001')
const DELAY = Buffer.from('DELAY\u0001')
const INNER_MESSAGES = Buffer.from('INNER_NUM\u0001')

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/**
 * Milliseconds of each delay level, level 1 first. Apache: `DefaultMessageStore.parseDelayLevel`.
 * @throws RMQ_STORE_DELAY_LEVELS
 */
export function parseDelayLevels(text: string): readonly number[] {
  return text
    .trim()
    .split(/ +/)
    .map((part) => {
      const unitMs = UNIT_MS[part.slice(-1)]
      if (unitMs === undefined || !/^\d+$/.test(part.slice(0, -1)))
        throw storeErrors.RMQ_STORE_DELAY_LEVELS({ text, part })
      return Number(part.slice(0, -1)) * unitMs
    })
}

/**
 * The tags code of a queue entry: 0 without `TAGS`, else Java's hash of its value. `at` … `end` are the properties as
 * stored. Apache: `MessageExtBrokerInner.tagsString2tagsCode`.
 */
export function tagsCodeOf(bytes: Buffer, at: number, end: number): number {
  const valueAt = findValue(bytes, at, end, TAGS)
  return valueAt < 0 ? 0 : hashUpTo(ENTRY_END, bytes, valueAt, end, 0)
}

/**
 * The tags code of an entry of the schedule topic: with a delay level the time when the message is due, epoch ms.
 * Apache: `CommitLog.checkMessageAndReturnSize`.
 */
export function scheduleCodeOf(
  bytes: Buffer,
  at: number,
  end: number,
  storeTimestamp: number,
  delaysMs: readonly number[],
): number {
  const valueAt = findValue(bytes, at, end, DELAY)
  if (valueAt >= 0) {
    const level = Number.parseInt(bytes.toString('latin1', valueAt, valueEnd(bytes, valueAt, end)), 10)
    if (level > 0) return storeTimestamp + (delaysMs[Math.min(level, delaysMs.length) - 1] ?? 1000)
  }
  return tagsCodeOf(bytes, at, end)
}

/** How many messages the record of an inner batch holds by its properties; 1 when they do not tell. */
export function innerMessagesAt(bytes: Buffer, at: number, end: number): number {
  const valueAt = findValue(bytes, at, end, INNER_MESSAGES)
  const messages = valueAt < 0 ? 1 : Number(bytes.toString('latin1', valueAt, valueEnd(bytes, valueAt, end)))
  return Number.isInteger(messages) && messages >= 1 && messages <= BATCH_MESSAGES_MAX ? messages : 1
}

/**
 * Where the value of the last non-empty property of that name begins, -1 without one. `name` ends with its separator.
 */
export function findValue(bytes: Buffer, from: number, end: number, name: Buffer): number {
  const first = name[0]
  const nameBytes = name.length
  let found = -1
  let at = from
  while (at + nameBytes < end) {
    if (bytes[at] === first && bytes[at + nameBytes - 1] === NAME_END && isAt(bytes, at, name)) {
      const valueAt = at + nameBytes
      if (bytes[valueAt] !== ENTRY_END) found = valueAt
      at = valueAt
    }
    while (at < end && bytes[at] !== ENTRY_END) at++
    at++
  }
  return found
}

function isAt(bytes: Buffer, at: number, name: Buffer): boolean {
  for (let index = 1; index < name.length; index++) if (bytes[at + index] !== name[index]) return false
  return true
}

/** Where a value ends. */
export function valueEnd(bytes: Buffer, from: number, end: number): number {
  let at = from
  while (at < end && bytes[at] !== ENTRY_END) at++
  return at
}
