/**
 * How the queues of a topic are divided among the members of a group. Every member computes its share for itself, so
 * all must use the same way and see the same lists: queues by topic, broker name and id, client ids in Java's order of
 * strings.
 */
import { createHash } from 'node:crypto'
import { type MessageQueue, queueKey } from '../../../message/index.ts'

/** Gives the queues of one member. The lists are sorted; a client that is not among the ids gets none. */
export type QueueShare = (
  clientId: string,
  clientIds: readonly string[],
  queues: readonly MessageQueue[],
) => readonly MessageQueue[]

/**
 * Runs of neighbours, the first members one queue more when it does not come out even. Apache:
 * `AllocateMessageQueueAveragely` (5.3.3).
 */
export const averageShare: QueueShare = (clientId, clientIds, queues) => {
  const index = clientIds.indexOf(clientId)
  if (index === -1) return []
  const whole = Math.floor(queues.length / clientIds.length)
  const over = queues.length % clientIds.length
  const start = index * whole + Math.min(index, over)
  return queues.slice(start, start + whole + (index < over ? 1 : 0))
}

/**
 * Queues dealt out one by one, so that each member has some of every broker. Apache:
 * `AllocateMessageQueueAveragelyByCircle` (5.3.3).
 */
export const circleShare: QueueShare = (clientId, clientIds, queues) => {
  const index = clientIds.indexOf(clientId)
  return index === -1 ? [] : queues.filter((_, at) => at % clientIds.length === index)
}

/** Places on the ring per member. */
const VIRTUAL_NODES = 10

/**
 * By places on a ring, so that a member that comes or goes moves few queues. Apache:
 * `AllocateMessageQueueConsistentHash` (5.3.3) with its 10 virtual nodes.
 */
export const consistentHashShare: QueueShare = (clientId, clientIds, queues) => {
  const ring = clientIds
    .flatMap((id) => Array.from({ length: VIRTUAL_NODES }, (_, at) => ({ id, place: ringPlace(`${id}-${at}`) })))
    .sort((left, right) => left.place - right.place)
  return queues.filter((queue) => {
    const { topic, brokerName, queueId } = queue
    const place = ringPlace(`MessageQueue [topic=${topic}, brokerName=${brokerName}, queueId=${queueId}]`)
    return (ring.find((node) => node.place >= place) ?? ring[0])?.id === clientId
  })
}

/** Always these queues, whoever else is there. Apache: `AllocateMessageQueueByConfig` (5.3.3). */
export function configuredShare(own: readonly MessageQueue[]): QueueShare {
  const keys = new Set(own.map(queueKey))
  return (_clientId, _clientIds, queues) => queues.filter((queue) => keys.has(queueKey(queue)))
}

/**
 * Only queues of brokers in these rooms, told by broker names such as `room@broker`. Apache:
 * `AllocateMessageQueueByMachineRoom` (5.3.3).
 */
export function machineRoomShare(rooms: readonly string[]): QueueShare {
  const wanted = new Set(rooms)
  return (clientId, clientIds, queues) => {
    const index = clientIds.indexOf(clientId)
    if (index === -1) return []
    const near = queues.filter(({ brokerName }) => {
      const [room = '', ...names] = brokerName.split('@')
      return names.length === 1 && wanted.has(room)
    })
    const whole = Math.floor(near.length / clientIds.length)
    const over = near.slice(whole * clientIds.length)
    return [...near.slice(index * whole, (index + 1) * whole), ...over.slice(index, index + 1)]
  }
}

function ringPlace(text: string): number {
  return createHash('md5').update(text).digest().readUInt32BE(0)
}
