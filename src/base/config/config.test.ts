import { expect, test } from 'vitest'
import { booleanText, defineConfig, integerText, nearest, parseProperties, setting } from './index.ts'

const table = defineConfig({
  listenPort: setting(integerText(0, 65_535), 10_911, 'Port the broker listens on.'),
  autoCreateTopicEnable: setting(booleanText, true, 'Whether unknown topics are created on the first send.'),
})

test('properties keep the line of each key, and report a key given twice', () => {
  const { entries, duplicates } = parseProperties('# c\r\na=1\r\n b : x\\\r\n  y\r\na=2\nc\n', 'x.properties')
  expect([...entries]).toEqual([
    ['a', { text: '2', origin: 'x.properties:5' }],
    ['b', { text: 'xy', origin: 'x.properties:3' }],
    ['c', { text: '', origin: 'x.properties:6' }],
  ])
  expect(duplicates).toEqual(['x.properties:5: "a" was already given at x.properties:2; this line wins'])
})

test('a misspelt key is reported with its line and the nearest known key', () => {
  const { entries } = parseProperties('listenPrt=10\nzzzzzzzzzz=1', 'broker.conf')
  const { config, unknown } = table.parse(entries)
  expect(config.listenPort).toBe(10_911)
  expect(unknown).toEqual([
    'broker.conf:1: unknown key "listenPrt" is ignored; did you mean "listenPort"?',
    'broker.conf:2: unknown key "zzzzzzzzzz" is ignored',
  ])
})

test('a value that does not fit names the line, the key, the value and what is expected', () => {
  const { entries } = parseProperties('\nlistenPort=banana', 'broker.conf')
  expect(() => table.parse(entries)).toThrow(
    expect.objectContaining({
      code: 'RMQ_CONFIG_VALUE',
      message: 'broker.conf:2: listenPort=banana is not valid: expected a whole number from 0 to 65535.',
    }),
  )
})

test('nearest finds small slips and leaves strangers alone', () => {
  expect(nearest('brokerNmae', ['brokerName', 'brokerId'])).toBe('brokerName')
  expect(nearest('colour', ['brokerName', 'brokerId'])).toBeUndefined()
})
