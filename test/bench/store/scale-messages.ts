import type { AppendMessage, MessageStore } from '../../../src/store/index.ts'
import { benchMessage } from './bench-message.ts'

/** Bytes of every body. */
export const BODY_BYTES = 200

const QUEUES = 4

/** Messages appended in one turn of the event loop. */
const GROUP = 64

/** Where the number lies in the unique id: its last 16 digits. */
const UNIQUE_DIGITS = 16

const PREFIX = 'UNIQ_KEY\u00017F00000112340000'

/** How many messages, over how many topics with four queues each. */
export interface Scale {
  readonly messages: number
  readonly topics: number
}

/** Appends numbered messages round about all queues, each with a unique id and a tag as a client sends them. */
export class ScaleWriter {
  readonly #inputs: readonly AppendMessage[]
  readonly #properties = Buffer.from(
    `${PREFIX}${'0'.repeat(UNIQUE_DIGITS)}\u0002WAIT\u0001true\u0002TAGS\u0001TagA\u0002`,
  )
  #written = 0

  constructor(topics: number) {
    const body = Buffer.alloc(BODY_BYTES, 'x')
    this.#inputs = Array.from({ length: topics * QUEUES }, (_, index) =>
      benchMessage(index % QUEUES, body, this.#properties, topicName(Math.floor(index / QUEUES))),
    )
  }

  /** Appends `count` more, each group when the one before was answered; resolves with the last answer. */
  write(store: MessageStore, count: number): Promise<void> {
    const end = this.#written + count
    let unanswered = 0
    return new Promise((resolve, reject) => {
      const receiver = {
        appended: ({ status }: { status: string }): void => {
          if (status !== 'ok') reject(new Error(`an append was answered with ${status}`))
          if (--unanswered > 0) return
          if (this.#written < end) setImmediate(turn)
          else resolve()
        },
      }
      const turn = (): void => {
        unanswered = Math.min(GROUP, end - this.#written)
        for (let left = unanswered; left > 0; left--) this.#append(store, receiver)
      }
      turn()
    })
  }

  #append(store: MessageStore, receiver: { appended(result: { status: string }): void }): void {
    const number = this.#written++
    this.#properties.write(number.toString(16).toUpperCase().padStart(UNIQUE_DIGITS, '0'), PREFIX.length, 'latin1')
    // Queues in an order that is not that of the table, as hashing and rotating producers make it.
    const input = this.#inputs[(number * 7919) % this.#inputs.length]
    if (input !== undefined) store.append(input, receiver)
  }
}

/** The name of topic number `index`. */
export function topicName(index: number): string {
  return `ScaleTopic-${String(index).padStart(4, '0')}`
}
