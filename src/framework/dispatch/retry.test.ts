import { expect, test } from 'vitest'
import { silentLogger } from '../../base/log/index.ts'
import { SimulatedClock } from '../../base/time/index.ts'
import { rejectToDeadLetters, requeueLater } from '../binder/index.ts'
import { consumerSettings } from '../config/stream-settings.ts'
import { withRetry } from './index.ts'

function trial(
  failures: readonly unknown[],
  changes: object = {},
  retryable: readonly (readonly [string, boolean])[] = [],
) {
  const clock = new SimulatedClock(0)
  const closing = new AbortController()
  const triedAt: number[] = []
  const work = async (): Promise<void> => {
    triedAt.push(clock.now())
    const failure = failures[triedAt.length - 1]
    if (failure !== undefined) throw failure
  }
  const policy = { properties: consumerSettings.with(changes), retryable: new Map(retryable) }
  const context = { binding: 'input', clock, logger: silentLogger, signal: closing.signal }
  const outcome = withRetry(work, policy, context).then(
    () => 'done',
    (failure: unknown) => failure,
  )
  return {
    clock: { advance: async (ms: number) => clock.advance(0).then(() => clock.advance(ms)) },
    closing,
    triedAt,
    outcome,
  }
}

test('pauses double up to their limit, and the last failure is given', async () => {
  const failures = [1, 2, 3, 4, 5].map((n) => new Error(String(n)))
  const { clock, triedAt, outcome } = trial(failures, { maxAttempts: 5, backOffMaxInterval: 3_000 })
  await clock.advance(20_000)
  expect(await outcome).toBe(failures[4])
  expect(triedAt).toEqual([0, 1_000, 3_000, 6_000, 9_000])
})

test('a success ends the trials', async () => {
  const { clock, triedAt, outcome } = trial([new Error('once')])
  await clock.advance(5_000)
  expect(await outcome).toBe('done')
  expect(triedAt).toEqual([0, 1_000])
})

test.each([
  ['refused for good', rejectToDeadLetters('no')],
  ['asked for later', new Error('outer', { cause: requeueLater(3) })],
  ['unreadable', Object.assign(new Error('x'), { code: 'RMQ_PAYLOAD_UNREADABLE' })],
])('what is %s is not tried again', async (_, failure) => {
  const { triedAt, outcome } = trial([failure])
  expect(await outcome).toBe(failure)
  expect(triedAt).toHaveLength(1)
})

test('names and codes choose what is tried again, through causes', async () => {
  class Fatal extends Error {}
  const outer = new Error('outer', { cause: new Fatal('inner') })
  expect(await trial([outer], {}, [['Fatal', false]]).outcome).toBe(outer)
  const coded = Object.assign(new Error('busy'), { code: 'EBUSY' })
  const { clock, triedAt, outcome } = trial([coded], { defaultRetryable: false }, [['EBUSY', true]])
  await clock.advance(5_000)
  expect(await outcome).toBe('done')
  expect(triedAt).toHaveLength(2)
})

test('closing ends a pause, and the message is given back', async () => {
  const failure = new Error('x')
  const { clock, closing, triedAt, outcome } = trial([failure, failure])
  await clock.advance(500)
  closing.abort()
  expect(await outcome).toBe(failure)
  expect(triedAt).toHaveLength(1)
})
