// Hot path: one queue per message sent.
import type { Random } from '../../base/random/index.ts'
import type { MessageQueue } from '../../message/index.ts'

/** Takes the queues of a topic in turn, from a random start. Apache: `TopicPublishInfo.selectOneMessageQueue`. */
export class QueueTurn {
  #next: number

  constructor(random: Random) {
    this.#next = random.below(1000)
  }

  /** The next queue; on a retry one of another broker than `notBroker`, if there is any. */
  next(queues: readonly MessageQueue[], notBroker: string | undefined): MessageQueue {
    const count = queues.length
    for (let tries = 0; tries < count; tries++) {
      const queue = queues[this.#advance() % count] as MessageQueue
      if (queue.brokerName !== notBroker) return queue
    }
    return queues[this.#advance() % count] as MessageQueue
  }

  #advance(): number {
    this.#next = (this.#next + 1) & 0x7fff_ffff
    return this.#next
  }
}
