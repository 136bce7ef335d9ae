import type { MessageQueue } from '../../../message/index.ts'

/** Where a group stands in its queues, wherever that is kept, and what a consumer asks of a queue when it begins. */
export interface GroupProgress {
  /** The recorded offset; `undefined` when the group was never in the queue. */
  recorded(queue: MessageQueue): Promise<number | undefined>
  /** Records an offset; resolves when it is kept. */
  record(queue: MessageQueue, offset: number): Promise<void>
  /** The offset that the queue's next message gets. */
  end(queue: MessageQueue): Promise<number>
  /** The first offset stored at or after a time, epoch ms. */
  at(queue: MessageQueue, timestamp: number): Promise<number>
}
