import { expect, test } from 'vitest'
import { subscriptionData } from './subscription.ts'
import { Subscriptions } from './subscriptions.ts'

test('an asterisk, or nothing, means every message', () => {
  for (const expression of ['*', '', { tags: ['*'] }]) {
    expect(subscriptionData('T', expression, 7)).toEqual({
      topic: 'T',
      subString: '*',
      tagsSet: [],
      codeSet: [],
      subVersion: 7,
      expressionType: 'TAG',
      classFilterMode: false,
    })
  }
})

test('tags are split, trimmed, without repetition, and hashed as Java does', () => {
  expect(subscriptionData('T', ' TagA ||TagB || || TagA', 7)).toMatchObject({
    tagsSet: ['TagA', 'TagB'],
    codeSet: [2598919, 2598920],
  })
})

test('a list of tags is the same as tags with bars between', () => {
  expect(subscriptionData('T', { tags: ['a', 'b'] }, 7)).toEqual(subscriptionData('T', 'a || b', 7))
})

test('SQL goes to the broker as it is', () => {
  expect(subscriptionData('T', { sql: 'a > 1' }, 7)).toMatchObject({
    subString: 'a > 1',
    expressionType: 'SQL92',
    tagsSet: [],
    codeSet: [],
  })
})

test('an expression without a tag, or empty SQL, is refused', () => {
  const refused = expect.objectContaining({ code: 'RMQ_SUBSCRIPTION_ILLEGAL' })
  expect(() => subscriptionData('T', '||', 7)).toThrow(refused)
  expect(() => subscriptionData('T', { sql: ' ' }, 7)).toThrow(refused)
  expect(() => subscriptionData('a b', '*', 7)).toThrow(expect.objectContaining({ code: 'RMQ_TOPIC_ILLEGAL' }))
})

test('a changed expression has a newer version even within the same millisecond', () => {
  const subscriptions = new Subscriptions()
  const first = subscriptions.set('T', 'a', 7)
  expect(subscriptions.set('T', 'b', 7).data.subVersion).toBeGreaterThan(first.data.subVersion)
  expect(subscriptions.get('T')?.tags).toEqual(new Set(['b']))
  expect(subscriptions.set('T', '*', 7).tags).toBeUndefined()
})
