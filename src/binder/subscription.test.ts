import { expect, test } from 'vitest'
import { silentLogger } from '../base/log/index.ts'
import { oldConsumerKeys } from './properties.ts'
import { subscriptionOf } from './subscription.ts'

test('a subscription is tags, with or without a prefix, or SQL behind its own; nothing means all', () => {
  const meant = (text: string) => subscriptionOf('input', text, silentLogger)
  expect(['', ' * ', 'a || b', 'tag:red || blue', 'tag:', 'tagged'].map(meant)).toEqual([
    '*',
    '*',
    'a || b',
    'red || blue',
    '*',
    'tagged',
  ])
  expect(meant("sql: price > 10 AND shop = 'x'")).toEqual({ sql: "price > 10 AND shop = 'x'" })
})

test('quotes around a subscription are named, since they are hardly meant', () => {
  const warnings: string[] = []
  const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) }
  expect(subscriptionOf('input', "'a || b'", logger)).toBe("'a || b'")
  expect(subscriptionOf('input', "sql:name = 'x'", logger)).toEqual({ sql: "name = 'x'" })
  expect(warnings).toEqual([expect.stringMatching(/binding "input": the quotes in subscription='a \|\| b'/)])
})

test('of the old keys, SQL counts before tags, as it did', () => {
  const [first, second] = Object.entries(oldConsumerKeys).filter(([, { key }]) => key === 'subscription')
  expect([first?.[0], second?.[0]]).toEqual(['sql', 'tags'])
  expect(first?.[1].convert?.('a > 1')).toBe('sql:a > 1')
})
