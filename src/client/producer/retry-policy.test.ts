import { expect, test } from 'vitest'
import { remotingErrors } from '../../remoting/index.ts'
import { clientErrors } from '../errors.ts'
import { pauseBeforeRetry, retriesCode, retriesFailure } from './retry-policy.ts'

test('the codes of Apache 5.3.3 are retried, others not', () => {
  const retried = Array.from({ length: 1600 }, (_, code) => code).filter((code) => retriesCode(code, false))
  expect(retried).toEqual([1, 2, 14, 16, 17, 204, 205, 1500])
})

test('a queue that the caller chose is not left for an answer that says no', () => {
  expect(retriesCode(2, true)).toBe(false)
})

test('a send that got no answer is retried, one that cannot be right is not', () => {
  const address = '127.0.0.1:1'
  expect(retriesFailure(remotingErrors.RMQ_CONNECTION_LOST({ address, reason: 'gone' }))).toBe(true)
  expect(retriesFailure(clientErrors.RMQ_BROKER_NOT_FOUND({ brokerName: 'b', topic: 'T' }))).toBe(true)
  expect(retriesFailure(remotingErrors.RMQ_CLIENT_CLOSED({ address }))).toBe(false)
  expect(retriesFailure(new Error('bug'))).toBe(false)
})

test('another broker is tried at once, the same one after a pause that grows', () => {
  expect(pauseBeforeRetry(1, false)).toBe(0)
  expect(pauseBeforeRetry(2, true)).toBeGreaterThan(pauseBeforeRetry(1, true))
})
