import { expect, test } from 'vitest'
import { encodeProperties } from '../../message/index.ts'
import { SendProperties } from './scan-properties.ts'

function scan(text: string): SendProperties {
  const found = new SendProperties()
  found.scan(text)
  return found
}

const NOTHING = {
  uniqueKey: undefined,
  delayLevel: 0,
  waitStoreOk: true,
  isTransactional: false,
  isTimer: false,
  isCounted: false,
}

test('what the broker wants to know is found among other properties', () => {
  const properties = { TAGS: 'T', UNIQ_KEY: 'id', DELAY: '3', WAIT: 'false', TRAN_MSG: 'true', TIMER_DELAY_MS: '5' }
  expect(scan(encodeProperties(properties))).toMatchObject({
    uniqueKey: 'id',
    delayLevel: 3,
    waitStoreOk: false,
    isTransactional: true,
    isTimer: true,
  })
})

test('names that only begin alike are others', () => {
  const properties = { UNIQ_KEYS: 'x', DELAYED: '3', WAITING: 'false', TRAN_MSGS: 'true', TIMER_DELAYED: '1' }
  expect(scan(encodeProperties(properties))).toMatchObject(NOTHING)
})

test('of a repeated name the last counts, and damaged text gives what can be read', () => {
  expect(scan('DELAY\u00011\u0002DELAY\u00012\u0002').delayLevel).toBe(2)
  expect(scan('DELAY\u00011')).toMatchObject({ delayLevel: 1 })
  for (const text of ['', '\u0001', '\u0002', 'DELAY', 'DELAY\u0001\u0002', 'DELAY\u0002x', 'DELAY\u0001x\u0002']) {
    expect(scan(text)).toMatchObject(NOTHING)
  }
  expect(scan('loose\u0002UNIQ_KEY\u0001id').uniqueKey).toBe('id')
})

test('one scan forgets the one before', () => {
  const found = new SendProperties()
  found.scan(encodeProperties({ UNIQ_KEY: 'id', DELAY: '3', WAIT: 'false', TRAN_MSG: 'true', TIMER_DELAY_MS: '5' }))
  found.scan('')
  expect(found).toMatchObject(NOTHING)
})
