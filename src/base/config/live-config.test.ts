import { expect, test } from 'vitest'
import { SimulatedFiles } from '../files/index.ts'
import { changeProperties } from './change-properties.ts'
import { type ConfigTable, defineConfig, setting } from './define-config.ts'
import { LiveConfig } from './live-config.ts'
import { booleanText, integerText, plainText } from './values.ts'

interface Config {
  readonly size: number
  readonly open: boolean
  readonly protectedKeys: string
}
const table: ConfigTable<Config> = defineConfig<Config>({
  size: setting(integerText(1, 100), 10, 'Size.'),
  open: setting(booleanText, true, 'Open.'),
  protectedKeys: setting(plainText, 'protectedKeys', 'Keys.'),
})
const FILE = '# mine\nsize = 7\n\nother=kept \\\n  on two lines\n'

function open(files = new SimulatedFiles()): { live: LiveConfig<Config>; files: SimulatedFiles } {
  files.writeWhole('/app.conf', FILE)
  return { live: new LiveConfig(table, table.with({ size: 7 }), files, '/app.conf'), files }
}

test('a change is seen by whoever holds the settings, and stands in the file between the comments', async () => {
  const { live, files } = open()
  const held = live.current
  const changed = await live.changeByText(
    'size=9\nopen=no\nelsewhere=1\n',
    'test',
    'protectedKeys',
    new Set(['elsewhere']),
  )
  expect(changed).toEqual({ changed: ['size', 'open'], ignored: ['elsewhere'] })
  expect(held).toMatchObject({ size: 9, open: false })
  expect(files.readWhole('/app.conf')?.toString()).toBe('# mine\nsize=9\n\nother=kept \\\n  on two lines\nopen=no\n')
  expect(live.text()).toBe('open=false\nprotectedKeys=protectedKeys\nsize=9\n')
})

test.each([
  ['a value that does not fit', 'open=no\nsize=900', 'RMQ_CONFIG_VALUE'],
  ['an unknown key', 'open=no\nsiez=9', 'RMQ_CONFIG_UNKNOWN'],
  ['a protected key', 'open=no\nprotectedKeys=', 'RMQ_CONFIG_PROTECTED'],
])('%s changes nothing at all', async (_, text, code) => {
  const { live, files } = open()
  await expect(live.changeByText(text, 'test', 'protectedKeys')).rejects.toMatchObject({ code })
  expect(live.current).toMatchObject({ size: 7, open: true })
  expect(files.readWhole('/app.conf')?.toString()).toBe(FILE)
})

test('a file that cannot be written is an error, and nothing is changed', async () => {
  const { live, files } = open()
  files.fault = (call) => (call === 'write' ? 'ENOSPC' : undefined)
  await expect(live.changeByText('size=9', 'test', '')).rejects.toMatchObject({ code: 'RMQ_CONFIG_FILE' })
  expect(live.current.size).toBe(7)
})

test('changes at the same time follow one another', async () => {
  const { live, files } = open()
  await Promise.all(['size=8', 'open=no', 'size=9'].map((text) => live.changeByText(text, 'test', '')))
  expect(live.current).toMatchObject({ size: 9, open: false })
  expect(files.readWhole('/app.conf')?.toString()).toMatch(/size=9[\s\S]*open=no/)
})

test.each([
  ['the last of several lines of a key', 'a=1\na=2\n', { a: '3' }, 'a=1\na=3\n'],
  ['a file without a line end', 'a=1', { b: '2' }, 'a=1\nb=2\n'],
  ['an empty file', '', { a: '1' }, 'a=1\n'],
  ['a value over several lines', 'a=1,\\\n  2\nb=x\n', { a: '3' }, 'a=3\nb=x\n'],
  ['a value with what must be escaped', 'a=1\n', { a: 'C:\\x' }, 'a=C:\\\\x\n'],
])('%s is changed where it stands', (_, text, changes, result) => {
  expect(changeProperties(text, new Map(Object.entries(changes)))).toBe(result)
})
