// Hot path: the keys of every stored message are hashed here.

import { javaHashCode, javaHashOn } from '../../base/bytes/index.ts'
import { PROPERTY, SYS_FLAG } from '../../message/index.ts'

const NAME_END = 1
const ENTRY_END = 2
const BLANK = 0x20
const LETTER_K = 0x4b
const LETTER_T = 0x54
const LETTER_U = 0x55
const TAGS = Buffer.from(`${PROPERTY.tags}\u0001`)
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
 * Looks at all properties of a record once: adds the hashes of its keys to `into`, its unique id first, then each of
 * its `KEYS`, and returns its tags code. The properties, as stored, lie at `at` … `end`; of a repeated name the last
 * counts. The hashes of keys begin with that of their topic, see {@link topicHash}. Apache: `IndexService.buildIndex`
 * (5.3.3).
 */
export function hashProperties(bytes: Buffer, at: number, end: number, start: number, into: number[]): number {
  const first = into.length
  // The place of the unique id, which comes first wherever it stands.
  into.push(0)
  let tagsCode = 0
  let unique = -1
  for (let from = at; from < end; from++) {
    const letter = bytes[from]
    if (letter === LETTER_T && isNamed(bytes, from, end, TAGS)) {
      tagsCode = hashUpTo(ENTRY_END, bytes, from + TAGS.length, end, 0)
      from = hashedTo
    } else if (letter === LETTER_U && isNamed(bytes, from, end, UNIQUE_KEY)) {
      unique = withoutSign(hashUpTo(ENTRY_END, bytes, from + UNIQUE_KEY.length, end, start))
      from = hashedTo
    } else if (letter === LETTER_K && isNamed(bytes, from, end, KEYS)) {
      from += KEYS.length
      const to = valueEnd(bytes, from, end)
      if (into.length > first + 1) into.length = first + 1
      pushEach(bytes, from, to, start, into)
      from = to
    }
    while (from < end && bytes[from] !== ENTRY_END) from++
  }
  if (unique >= 0) into[first] = unique
  else into.splice(first, 1)
  return tagsCode
}

/** Adds the hash of each key, divided by blanks. */
function pushEach(bytes: Buffer, from: number, end: number, start: number, into: number[]): void {
  for (let at = from; at < end; at++) {
    const hash = withoutSign(hashUpTo(BLANK, bytes, at, end, start))
    if (hashedTo > at) into.push(hash)
    at = hashedTo
  }
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

/** Where the last {@link hashUpTo} ended: two results without an object. */
let hashedTo = 0

/**
 * Java's hash of the text that lies in front of the next `stop`, or of `end`; `start` is that of what comes before it.
 * Java counts UTF-16 units, so what is not ASCII becomes text first.
 */
export function hashUpTo(stop: number, bytes: Buffer, from: number, end: number, start: number): number {
  let hash = start
  let at = from
  // Four at a time, since each step of the loop below waits for the one before.
  for (const fourEnd = end - 3; at < fourEnd; at += 4) {
    const first = bytes[at] as number
    const second = bytes[at + 1] as number
    const third = bytes[at + 2] as number
    const fourth = bytes[at + 3] as number
    if (first === stop || second === stop || third === stop || fourth === stop) break
    if ((first | second | third | fourth) > 0x7f) break
    hash =
      (Math.imul(hash, 923_521) + Math.imul(first, 29_791) + Math.imul(second, 961) + Math.imul(third, 31) + fourth) | 0
  }
  for (; at < end; at++) {
    const unit = bytes[at] as number
    if (unit === stop) break
    if (unit > 0x7f) {
      while (at < end && bytes[at] !== stop) at++
      hash = javaHashOn(start, bytes.toString('utf8', from, at))
      break
    }
    hash = (Math.imul(hash, 31) + unit) | 0
  }
  hashedTo = at
  return hash
}

/** Java's `Math.abs`, whose one negative result becomes 0. */
function withoutSign(hash: number): number {
  return hash < 0 ? -hash & 0x7fff_ffff : hash
}
