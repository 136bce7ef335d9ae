import { expect, test } from 'vitest'
import { SimulatedClock } from '../../../base/time/index.ts'
import { receivedMessage } from '../../testing/received-message.ts'
import { ProcessQueue } from '../process-queue/process-queue.ts'
import { Inbox } from './inbox.ts'

test('queues take turns, and each knows when something of it was handed out last', async () => {
  const clock = new SimulatedClock()
  const inbox = new Inbox(clock)
  const limits = { cachedCountMax: 1000, cachedBytesMax: 1e6, spanMax: 2000 }
  const [first, second] = [0, 1].map((queueId) => {
    const queue = new ProcessQueue({ topic: 'T', brokerName: 'b', queueId }, 0, limits)
    const cachedAt = (queueOffset: number) => ({
      message: receivedMessage({ queueOffset }),
      unreadable: undefined,
      finished: false,
    })
    queue.add([cachedAt(0), cachedAt(1)], 2)
    inbox.offer(queue)
    return queue
  })
  const times: number[] = []
  for (const expected of [first, second, first]) {
    await clock.advance(10)
    times.push(clock.now())
    expect((await inbox.next(1, 0))?.processQueue).toBe(expected)
  }
  expect([first?.lastConsumeMs, second?.lastConsumeMs]).toEqual([times[2], times[1]])
})
