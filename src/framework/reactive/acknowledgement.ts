import { deferred } from '../../base/async/index.ts'
import { textOf } from '../../base/errors/index.ts'
import { requeueLater } from '../binder/disposition.ts'
import type { Message, MessageHeaders } from '../channels/index.ts'
import { frameworkErrors } from '../errors.ts'

/** How a message is given back. */
export interface NackOptions {
  /** What happened, for the log; also an error of `rejectToDeadLetters` or `requeueLater`, which then decides. */
  readonly reason?: unknown
  /** 1–18: it is delivered again at that delay level. Default: as the binding's policy says. */
  readonly delayLevel?: number
  /** True: it goes to the dead letters at once. */
  readonly deadLetter?: boolean
}

/** Whether one message is done. The first word counts; everything said after it is ignored. */
export interface Acknowledgement {
  /** Whether the first word was said. */
  readonly settled: boolean
  /**
   * Takes the decision over: the message stays open until {@link ack} or {@link nack} is called, or the binder's time
   * for a message is over (15 minutes). Only in the moment in which a stream is given the message; not needed with
   * `ack: 'manual'`.
   */
  hold(): void
  /** The message is done. */
  ack(): void
  /** The message is given back. */
  nack(options?: NackOptions): void
}

/** One message that a stream or a batch listener was given. */
export class Item implements Acknowledgement {
  /** Settles as the message is settled; the rejection is what binders are told. */
  readonly done: Promise<void>
  /** True: somebody took the decision over. */
  held: boolean
  /** True: its work is over, and only its results are still being stored. */
  finishing = false
  settled = false
  readonly #listener: string
  readonly #done = deferred()

  constructor(listener: string, held: boolean) {
    this.#listener = listener
    this.held = held
    this.done = this.#done.promise
    // Of a batch nobody may wait for a single one.
    this.done.catch(() => undefined)
  }

  hold(): void {
    this.held = true
  }

  ack(): void {
    this.settled = true
    this.#done.resolve()
  }

  nack({ reason, delayLevel, deadLetter }: NackOptions = {}): void {
    if (this.settled) return
    const text = reason === undefined ? 'it was given back' : textOf(reason)
    const cause = delayLevel === undefined ? reason : requeueLater(delayLevel, reason)
    this.settled = true
    this.#done.reject(
      deadLetter === true
        ? frameworkErrors.RMQ_MESSAGE_REJECTED({ reason: text }, reason)
        : frameworkErrors.RMQ_STREAM_FAILED({ listener: this.#listener, reason: text }, cause),
    )
  }
}

/** By the headers object of the message; copies of the headers have no handle, so that a forwarded message has none. */
const items = new WeakMap<MessageHeaders, readonly Item[]>()

/** The message with headers of its own, by which its handles are found. */
export function withItems<Payload>(message: Message<Payload>, of: readonly Item[]): Message<Payload> {
  const headers = { ...message.headers }
  items.set(headers, of)
  return { payload: message.payload, headers }
}

/** The handles of a message; none for one that was not received, or was built anew. */
export function itemsOf(message: Message): readonly Item[] {
  return items.get(message.headers) ?? []
}

/**
 * The handle of a message that a streaming listener was given: `acknowledgement(message).nack({ delayLevel: 3 })`.
 * @throws RMQ_ACKNOWLEDGEMENT  the message was built anew, or comes from elsewhere
 */
export function acknowledgement(message: Message): Acknowledgement {
  const [item, ...others] = itemsOf(message)
  if (item !== undefined && others.length === 0) return item
  const reason = item === undefined ? 'it has none' : 'it is a batch; use acknowledgements(message)'
  throw frameworkErrors.RMQ_ACKNOWLEDGEMENT({ reason })
}

/**
 * The handles of a batch, one per message: those that are given back come again, whatever becomes of the others.
 * @throws RMQ_ACKNOWLEDGEMENT  the message was built anew, or comes from elsewhere
 */
export function acknowledgements(batch: Message<readonly unknown[]>): readonly Acknowledgement[] {
  const found = itemsOf(batch)
  if (found.length === 0) throw frameworkErrors.RMQ_ACKNOWLEDGEMENT({ reason: 'it has none' })
  return found
}
