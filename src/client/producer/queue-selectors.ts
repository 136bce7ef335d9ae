// Hot path: one call per message with a key.
import { type JavaHashable, javaHashOf } from '../../base/bytes/index.ts'
import { type Random, systemRandom } from '../../base/random/index.ts'
import type { MessageQueue } from '../../message/index.ts'

/**
 * Chooses by Java's `hashCode` of a key, so that messages with one key go to one queue, the same that a Java producer
 * chooses: strings as `String`, whole numbers as `Integer` or, beyond 32 bits, as `Long`, booleans as `Boolean`.
 *
 * ```ts
 * await producer.send({ topic: 'Orders', body }, { queue: queueByHash(order.id) })
 * ```
 * Apache: `SelectMessageQueueByHash` (5.3.3).
 */
export function queueByHash(key: JavaHashable): (queues: readonly MessageQueue[]) => MessageQueue {
  const hash = javaHashOf(key)
  return (queues) => queues[Math.abs(hash % queues.length)] as MessageQueue
}

/** Chooses any queue, each as likely. Apache: `SelectMessageQueueByRandom` (5.3.3). */
export function randomQueue(random: Random = systemRandom): (queues: readonly MessageQueue[]) => MessageQueue {
  return (queues) => queues[random.below(queues.length)] as MessageQueue
}
