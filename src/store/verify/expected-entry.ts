// Hot path: filled for every record of the log.

/** What a record says of itself, and its queue entry must say, too. */
export interface ExpectedEntry {
  /** Log position of the record. */
  position: number
  /** Bytes of the record. */
  size: number
  tagsCode: number
  /** Whether the entry may have, in place of the tags code, when the delayed message is due. */
  mayBeDue: boolean
  /** Epoch ms. */
  storeTimestamp: number
  /** Of its first message in the queue. */
  queueOffset: number
  /** Messages that it holds. */
  messages: number
}

/** To be filled. */
export function newExpectedEntry(): ExpectedEntry {
  return { position: 0, size: 0, tagsCode: 0, mayBeDue: false, storeTimestamp: 0, queueOffset: 0, messages: 1 }
}
