import { expect, test } from 'vitest'
import { silentLogger } from '../../../base/log/index.ts'
import { SimulatedClock } from '../../../base/time/index.ts'
import { type MessageQueue, queueKey } from '../../../message/index.ts'
import { LockQueues, lockedQueuesBody, lockRequestBody } from '../../../remoting/index.ts'
import { GroupLocks } from './group-locks.ts'

const QUEUES: readonly MessageQueue[] = [0, 1].map((queueId) => ({ topic: 'T', brokerName: 'b', queueId }))
const [FIRST, SECOND] = QUEUES.map(queueKey) as [string, string]

/** Locks at a broker that a test can fill with the locks of others, or silence. */
function bench(): {
  locks: GroupLocks
  clock: SimulatedClock
  others: Set<string>
  lost: string[]
  requests: string[]
  broker: { silent: boolean }
} {
  const clock = new SimulatedClock()
  const others = new Set<string>()
  const [lost, requests]: [string[], string[]] = [[], []]
  const broker = { silent: false }
  const peer = {
    async invoke(api: { name: string }, _header: object, { body }: { body: Buffer }) {
      if (broker.silent) throw new Error('no answer')
      const { mqSet, consumerGroup, clientId } = lockRequestBody.decode(body)
      requests.push(`${api.name} ${consumerGroup} ${clientId} ${mqSet.map(({ queueId }) => queueId)}`)
      const free = mqSet.filter((queue) => !others.has(queueKey(queue)))
      return { body: api.name === LockQueues.name ? lockedQueuesBody.encode({ lockOKMQSet: free }) : Buffer.alloc(0) }
    },
  }
  const locks = new GroupLocks({
    group: 'G',
    settings: { clock, clientId: 'me', logger: silentLogger } as never,
    brokers: { master: () => 'host:1' } as never,
    connections: { connect: async () => peer } as never,
    onLost: (queue) => void lost.push(queueKey(queue)),
  })
  return { locks, clock, others, lost, requests, broker }
}

test('only queues that the broker gives are held', async () => {
  const { locks, others, requests } = bench()
  others.add(SECOND)
  expect(await locks.lock(QUEUES)).toEqual(new Set([FIRST]))
  expect([locks.holds(FIRST), locks.holds(SECOND)]).toEqual([true, false])
  expect(requests).toEqual(['LOCK_BATCH_MQ G me 0,1'])
})

test('locks are renewed every 20 s, and one that another member got is lost', async () => {
  const { clock, locks, lost, others, requests } = bench()
  await locks.lock(QUEUES)
  await clock.advance(20_000)
  expect(requests.slice(1)).toEqual(['LOCK_BATCH_MQ G me 0,1'])
  others.add(FIRST)
  await clock.advance(20_000)
  expect([lost, locks.holds(FIRST), locks.holds(SECOND)]).toEqual([[FIRST], false, true])
})

test('a broker that is away for less than 30 s changes nothing; after that the queue is lost, even if it can be had again', async () => {
  const { broker, clock, locks, lost } = bench()
  await locks.lock(QUEUES)
  broker.silent = true
  await clock.advance(29_000)
  expect([locks.holds(FIRST), lost]).toEqual([true, []])
  await clock.advance(2000)
  expect([locks.holds(FIRST), lost]).toEqual([false, []])
  broker.silent = false
  await locks.renew()
  // Another member may have had it meanwhile and be further.
  expect([locks.holds(FIRST), lost]).toEqual([false, [FIRST, SECOND]])
})

test('what is given back or abandoned is not renewed', async () => {
  const { clock, locks, requests } = bench()
  await locks.lock(QUEUES)
  await locks.unlock(QUEUES.slice(0, 1))
  locks.abandon(QUEUES[1] as MessageQueue)
  await clock.advance(60_000)
  expect(requests).toEqual(['LOCK_BATCH_MQ G me 0,1', 'UNLOCK_BATCH_MQ G me 0'])
})

test('closing gives all back, and a broker that does not answer is no reason to fail', async () => {
  const { broker, locks, requests } = bench()
  await locks.lock(QUEUES)
  await locks.close()
  expect(requests.at(-1)).toBe('UNLOCK_BATCH_MQ G me 0,1')
  await locks.lock(QUEUES)
  broker.silent = true
  await locks.close()
})
