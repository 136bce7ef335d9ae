import { expect, test } from 'vitest'
import { type OrderedCall, orderProblems } from '../kit/order-check.ts'

let clock = 0
function call(number: number, changes: Partial<OrderedCall> = {}): OrderedCall {
  const beganAt = clock
  clock += 10
  return { member: 'a', queueId: 0, key: 'k', number, beganAt, endedAt: beganAt + 5, ok: true, ...changes }
}

const wanted = (count: number, mayRepeat = false): Parameters<typeof orderProblems>[1] => ({
  numbers: new Map([['k', count]]),
  mayRepeat: () => mayRepeat,
})

test('order with a refusal in place is order', () => {
  expect(orderProblems([call(0), call(1, { ok: false }), call(1), call(2)], wanted(3))).toEqual([])
})

test('a repeated tail is order only for who may begin anew', () => {
  const calls = [call(0), call(1), call(0, { member: 'b' }), call(1, { member: 'b' }), call(2, { member: 'b' })]
  expect(orderProblems(calls, wanted(3, true))).toEqual([])
  expect(orderProblems(calls, wanted(3))).toEqual([expect.stringContaining('k:0 in queue 0 at b repeats, 2 was next')])
})

test('gaps, overtaking a refused message, overlaps and losses are seen', () => {
  expect(orderProblems([call(0), call(2), call(1)], wanted(3))).not.toEqual([])
  expect(orderProblems([call(0, { ok: false }), call(1), call(0)], wanted(2))).not.toEqual([])
  const long = call(0, { endedAt: clock + 1000 })
  expect(orderProblems([long, call(1)], wanted(2))).toEqual([expect.stringContaining('overlaps k:0 at a')])
  // Even after beginning anew there are no gaps: 1 was repeated and 2 was not.
  const gap = [call(0), call(1), call(2), call(0), call(1), call(3)]
  expect(orderProblems(gap, wanted(4, true))).toEqual([expect.stringContaining('skips 2')])
  expect(orderProblems([call(0)], wanted(2))).toEqual(['of k were taken 1 of 2'])
})
