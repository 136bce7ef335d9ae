import { expect, test } from 'vitest'
import { SimulatedClock } from '../../base/time/index.ts'
import { receivedMessage } from '../testing/received-message.ts'
import { ConsumerStats } from './push/consumer-stats.ts'
import { type RunningCall, RunningCalls } from './running-calls.ts'

function bench(): {
  readonly clock: SimulatedClock
  readonly calls: RunningCalls<RunningCall>
  readonly expired: RunningCall[]
  readonly stats: ConsumerStats
  begin(messages?: number): RunningCall
} {
  const clock = new SimulatedClock()
  const stats = new ConsumerStats(clock)
  const expired: RunningCall[] = []
  const calls = new RunningCalls({ consumeTimeoutMs: 1000, stats, clock }, (call) => expired.push(call))
  const begin = (messages = 1): RunningCall => {
    const cached = { message: receivedMessage({ topic: 'T' }), unreadable: undefined, finished: false }
    const call = {
      batch: Array.from({ length: messages }, () => cached),
      startedMs: clock.monotonicMs(),
      expired: false,
    }
    calls.begin(call)
    return call
  }
  return { clock, calls, expired, stats, begin }
}

test('a call that does not end in time expires once, one that ended never', async () => {
  const { clock, calls, expired, begin } = bench()
  const [late, inTime] = [begin(), begin()]
  await clock.advance(999)
  calls.end(inTime)
  const young = begin()
  await clock.advance(1)
  expect(expired).toEqual([late])
  expect([late, inTime, young].map((call) => call.expired)).toEqual([true, false, false])
  await clock.advance(2000)
  expect(expired).toEqual([late, young])
  expect(calls.all()).toEqual([late, young])
})

test('stopping waits for the calls under way, and then no call expires any more', async () => {
  const { clock, calls, expired, begin } = bench()
  const [first, second] = [begin(), begin()]
  const answers: boolean[] = []
  void calls.stop(5000).then((idle) => answers.push(idle))
  expect([calls.end(first), calls.end(first), calls.size]).toEqual([true, false, 1])
  await clock.advance(4999)
  expect([answers, expired]).toEqual([[], []])
  calls.end(second)
  await clock.advance(0)
  expect([answers, await calls.stop(0)]).toEqual([[true], true])
})

test('stopping gives up on calls that do not end', async () => {
  const { clock, calls, begin } = bench()
  begin()
  const stopped = calls.stop(5000)
  await clock.advance(5000)
  expect([await stopped, calls.size]).toEqual([false, 1])
})

test('what is consumed of a batch and what is not is counted, and how long that took', async () => {
  const { clock, calls, stats, begin } = bench()
  const call = begin(3)
  await clock.advance(20)
  calls.count(call, 2)
  expect(stats.of('T')).toMatchObject({ consumed: 2, failed: 1, consumeMs: 20 })
})
