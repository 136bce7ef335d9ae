// Hot path: recovery and the checker ask for the queue of every record.

import { topicHash } from '../index-file/key-hash.ts'

/** Queues known at first, and bytes of their topics; both double when they are full. */
const QUEUES_MIN = 1024
const TEXT_BYTES_MIN = 32 * 1024

/** Queues known at most; at that number all are forgotten and learned again. */
const QUEUES_MAX = 1024 * 1024

/** A topic and a queue id as records carry them. */
export interface KnownQueue<Item> {
  readonly topic: string
  /** With which the hashes of its messages' keys begin. */
  readonly keyHash: number
  /** What was found for it; `undefined` until it was looked for, and when there is none. */
  item: Item | undefined
}

/**
 * The queues of records: whoever reads the log looks each of them up by name once, and then finds it by the bytes of
 * the record. A lookup makes no text and touches little memory, since with thousands of queues that, not the work, is
 * what takes the time.
 */
export class KnownQueues<Item> {
  #queues: KnownQueue<Item>[] = []
  #ids = new Int32Array(QUEUES_MIN)
  /** Queue `i` has the topic `#text[#ends[i - 1]] … #text[#ends[i]]`. */
  #ends = new Int32Array(QUEUES_MIN)
  #text = new Uint8Array(TEXT_BYTES_MIN)
  /** Number of a queue plus 1 at the place of its hash or behind it; 0 is free. At most half of them are taken. */
  #places = new Int32Array(QUEUES_MIN * 2)

  /** The queue with that id of the topic whose bytes lie at `from` … `to`. */
  at(bytes: Buffer, from: number, to: number, queueId: number): KnownQueue<Item> {
    let hash = queueId
    for (let index = from; index < to; index++) hash = (Math.imul(hash, 31) + (bytes[index] as number)) | 0
    // The lowest bits must depend on all of them.
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
    hash ^= hash >>> 12
    const mask = this.#places.length - 1
    let place = hash & mask
    for (let found = this.#places[place] as number; found !== 0; found = this.#places[place] as number) {
      if (this.#ids[found - 1] === queueId && this.#isTopic(found - 1, bytes, from, to)) {
        return this.#queues[found - 1] as KnownQueue<Item>
      }
      place = (place + 1) & mask
    }
    return this.#add(bytes, from, to, queueId, place)
  }

  #isTopic(number: number, bytes: Buffer, from: number, to: number): boolean {
    const start = number === 0 ? 0 : (this.#ends[number - 1] as number)
    if ((this.#ends[number] as number) - start !== to - from) return false
    const text = this.#text
    for (let index = from; index < to; index++) if (text[start + index - from] !== bytes[index]) return false
    return true
  }

  #add(bytes: Buffer, from: number, to: number, queueId: number, place: number): KnownQueue<Item> {
    const number = this.#queues.length
    if (number === this.#ids.length) {
      if (number === QUEUES_MAX) this.#forget()
      else this.#grow()
      return this.at(bytes, from, to, queueId)
    }
    const start = number === 0 ? 0 : (this.#ends[number - 1] as number)
    const end = start + to - from
    if (end > this.#text.length) {
      const text = new Uint8Array(Math.max(end, this.#text.length * 2))
      text.set(this.#text)
      this.#text = text
    }
    this.#text.set(bytes.subarray(from, to), start)
    this.#ends[number] = end
    this.#ids[number] = queueId
    this.#places[place] = number + 1
    const topic = bytes.toString('utf8', from, to)
    const queue = { topic, keyHash: topicHash(topic), item: undefined }
    this.#queues.push(queue)
    return queue
  }

  #forget(): void {
    this.#queues = []
    this.#places.fill(0)
  }

  #grow(): void {
    const known = this.#queues
    const [ids, ends, text] = [this.#ids, this.#ends, Buffer.from(this.#text.buffer)]
    this.#queues = []
    this.#ids = new Int32Array(ids.length * 2)
    this.#ends = new Int32Array(ends.length * 2)
    this.#text = new Uint8Array(text.length)
    this.#places = new Int32Array(this.#places.length * 2)
    for (const [number, { item }] of known.entries()) {
      const start = number === 0 ? 0 : (ends[number - 1] as number)
      this.at(text, start, ends[number] as number, ids[number] as number).item = item
    }
  }
}
