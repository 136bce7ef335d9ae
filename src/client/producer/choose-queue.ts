// Hot path: one queue per message sent.
import type { Random } from '../../base/random/index.ts'
import type { MessageQueue } from '../../message/index.ts'
import type { SlowBrokers } from './slow-brokers.ts'

/** Takes the queues of a topic in turn, from a random start. Apache: `TopicPublishInfo.selectOneMessageQueue`. */
export class QueueTurn {
  #next: number

  constructor(random: Random) {
    this.#next = random.below(1000)
  }

  /**
   * The next queue; on a retry one of another broker than `notBroker`, if there is any. Brokers in `slow` come last.
   */
  next(queues: readonly MessageQueue[], notBroker: string | undefined, slow?: SlowBrokers, nowMs = 0): MessageQueue {
    const count = queues.length
    if (slow !== undefined) {
      for (let tries = 0; tries < count; tries++) {
        const queue = queues[this.#advance() % count] as MessageQueue
        if (queue.brokerName !== notBroker && !slow.isAvoided(queue.brokerName, nowMs)) return queue
      }
    }
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
