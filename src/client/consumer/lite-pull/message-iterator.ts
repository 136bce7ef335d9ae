import type { ReceivedMessage } from '../../../message/index.ts'

/** What a `for await` loop is made of. */
export interface IteratorParts {
  /** The next message, however long it takes; `undefined`: the consumer is closed. */
  next(): Promise<ReceivedMessage | undefined>
  /** The loop was left. */
  left(): void
}

/** One message at a time: the next one is asked for when the loop's body is through with the one before. */
export function messageIterator({ next, left }: IteratorParts): AsyncIterator<ReceivedMessage> {
  let ended = false
  return {
    async next(): Promise<IteratorResult<ReceivedMessage>> {
      const message = ended ? undefined : await next()
      return message === undefined ? { done: true, value: undefined } : { done: false, value: message }
    },
    async return(): Promise<IteratorResult<ReceivedMessage>> {
      if (!ended) left()
      ended = true
      return { done: true, value: undefined }
    },
  }
}
