// Hot path: the keys of every stored message are hashed here.

import { javaHashCode } from '../../base/bytes/index.ts'
import { PROPERTY, SYS_FLAG } from '../../message/index.ts'

const NAME_END = 1
const ENTRY_END = 2
const BLANK = 0x20
const LETTER_K = 0x4b
const LETTER_U = 0x55
const UNIQUE_KEY = Buffer.from(`${PROPERTY.uniqueKey}\u0001`)
const KEYS = Buffer.from(`${PROPERTY.keys}\u0001`)

/** Java's hash of `topic#`, with which the hash of each key of the topic begins. */
export function topicHash(topic: string): number {
  return javaHashCode(`${topic}#`)
}

/** The hash that entries carry: never negative. Apache: `IndexFile.indexKeyHashMethod`. */
export function indexHash(topic: string, key: string): number {
  return withoutSign(javaHashCode(`${topic}#${key}`))
}

/** Whether the keys of a record with this system flag are indexed. Apache: `IndexService.buildIndex`. */
export function isIndexed(sysFlag: number): boolean {
  return (sysFlag & SYS_FLAG.transactionMask) !== SYS_FLAG.transactionRollback
}

/**
 * Adds the hashes of a record's keys to `into`, its unique id first, then each of its `KEYS`; returns how many. The
 * properties, as stored, lie at `at` … `end`; of a repeated name the last counts. Apache: `IndexService.buildIndex` (5.3.3).
 */
export function pushKeyHashes(bytes: Buffer, at: number, end: number, start: number, into: number[]): number {
  let uniqueAt = -1
  let keysAt = -1
  for (let from = at; from < end; ) {
    const first = bytes[from]
    if (first === LETTER_U) {
      if (isNamed(bytes, from, end, UNIQUE_KEY)) uniqueAt = from + UNIQUE_KEY.length
    } else if (first === LETTER_K && isNamed(bytes, from, end, KEYS)) keysAt = from + KEYS.length
    while (from < end && bytes[from] !== ENTRY_END) from++
    from++
  }
  let count = 0
  if (uniqueAt >= 0) {
    into.push(hashFrom(bytes, uniqueAt, valueEnd(bytes, uniqueAt, end), start))
    count++
  }
  if (keysAt >= 0) {
    const keysEnd = valueEnd(bytes, keysAt, end)
    for (let from = keysAt; from < keysEnd; ) {
      let to = from
      while (to < keysEnd && bytes[to] !== BLANK) to++
      if (to > from) {
        into.push(hashFrom(bytes, from, to, start))
        count++
      }
      from = to + 1
    }
  }
  return count
}

/** Whether a property of that name with a value begins at `at`. */
function isNamed(bytes: Buffer, at: number, end: number, name: Buffer): boolean {
  const length = name.length
  if (at + length >= end || bytes[at + length - 1] !== NAME_END || bytes[at + length] === ENTRY_END) return false
  for (let index = 1; index < length; index++) if (bytes[at + index] !== name[index]) return false
  return true
}

function valueEnd(bytes: Buffer, from: number, end: number): number {
  let at = from
  while (at < end && bytes[at] !== ENTRY_END) at++
  return at
}

/** Java counts UTF-16 units, so what is not ASCII must become text first. */
function hashFrom(bytes: Buffer, from: number, to: number, start: number): number {
  let hash = start
  for (let at = from; at < to; at++) {
    const unit = bytes[at] ?? 0
    if (unit > 0x7f) return hashOfText(bytes.toString('utf8', from, to), start)
    hash = (Math.imul(hash, 31) + unit) | 0
  }
  return withoutSign(hash)
}

function hashOfText(text: string, start: number): number {
  let hash = start
  for (let at = 0; at < text.length; at++) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0
  return withoutSign(hash)
}

/** Java's `Math.abs`, whose one negative result becomes 0. */
function withoutSign(hash: number): number {
  return hash < 0 ? -hash & 0x7fff_ffff : hash
}
