import { expect, test } from 'vitest'
import { doubleText, format, timeTextMs, versionText } from './format.ts'

test.each([
  ['%-6s|', ['ab'], 'ab    |'],
  ['%6s|', ['ab'], '    ab|'],
  ['%04d %s', [7, 'x'], '0007 x'],
  ['%9.2f(%s)', [1.005, 'y'], '     1.00(y)'],
  ['%-4s|%s', ['longer', undefined], 'longer|'],
])('%s is filled as Java does it', (pattern, values, text) => {
  expect(format(pattern, ...values)).toBe(text)
})

test.each([
  [479, 'V5_3_3'],
  [401, 'V4_9_4'],
  [400, 'V4_9_4_SNAPSHOT'],
  [213, 'V4_0_0'],
  [611, 'V5_9_9'],
  [612, 'HIGHER_VERSION'],
  [37, 'V3(37)'],
])('release %d is %s', (version, text) => {
  expect(versionText(version)).toBe(text)
})

test('times and doubles read as Java prints them', () => {
  expect(timeTextMs(new Date(2026, 2, 1, 4, 5, 6, 7).getTime())).toBe('2026-03-01 04:05:06,007')
  expect([doubleText(0), doubleText(0.5)]).toEqual(['0.0', '0.5'])
})
