import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { durationText, listText, parsePropertyDocuments, parseYamlDocuments, readConfigText } from './index.ts'

const flat = (entries: ReadonlyMap<string, { text: string; origin: string }>): object =>
  Object.fromEntries([...entries].map(([key, { text, origin }]) => [key, `${text} @${origin}`]))

test('a divider alone in its line starts a document; between comments of its kind it is a comment', () => {
  const documents = parsePropertyDocuments('a=1\n#---\na=2\n# x\n#---\nb=3\n!---\nc=4', 'f')
  expect(documents.map(({ entries }) => flat(entries))).toEqual([
    { a: '1 @f:1' },
    { a: '2 @f:3', b: '3 @f:6' },
    { c: '4 @f:8' },
  ])
})

test('a list key becomes one key per item, and an escaped comma stays', () => {
  const [document] = parsePropertyDocuments('k[]=a, b\\,c,d\nk[]=e', 'f')
  expect(flat(document?.entries ?? new Map())).toEqual({
    'k[0]': 'a @f:1',
    'k[1]': 'b,c @f:1',
    'k[2]': 'd @f:1',
    'k[3]': 'e @f:2',
  })
})

test('quotes around a value and blanks after it are pointed out', () => {
  const [document] = parsePropertyDocuments("a='x'\nb=y \nc=z", 'f')
  expect(document?.suspicions).toEqual([
    "f:1: the quotes of a='x' belong to the value; .properties files need none",
    'f:2: the value of "b" ends with a blank, which is kept',
  ])
})

test('YAML flattens to dotted keys with lines; lists, anchors, merges and 1.1 words are understood', () => {
  const text = 'base: &b\n  x: 1\n  y: yes\nmore:\n  <<: *b\n  y: off\n  list: [p, q]\n---\nz: 0123\nempty:\n'
  const documents = parseYamlDocuments(text, 'f.yml')
  expect(flat(documents[0]?.entries ?? new Map())).toEqual({
    'base.x': '1 @f.yml:2',
    'base.y': 'true @f.yml:3',
    'more.x': '1 @f.yml:2',
    'more.y': 'false @f.yml:6',
    'more.list[0]': 'p @f.yml:7',
    'more.list[1]': 'q @f.yml:7',
  })
  expect(documents[1]?.entries.get('z')?.text).toBe('83')
  expect(documents[1]?.entries.get('empty')?.text).toBe('')
})

test('broken YAML is refused with its file', () => {
  expect(() => parseYamlDocuments('a: 1\na: 2', 'f.yml')).toThrow(expect.objectContaining({ code: 'RMQ_CONFIG_FILE' }))
})

test('durations are read in every spelling', () => {
  const read = (text: string): number | undefined => durationText('s').safeParse(text).data
  expect(['10', '10ms', '2 m', 'PT1M30S', 'P1DT1H', '1.5', 'x'].map(read)).toEqual([
    10_000,
    10,
    120_000,
    90_000,
    90_000_000,
    undefined,
    undefined,
  ])
  expect(listText.parse(' a , b')).toEqual(['a', 'b'])
  expect(listText.parse('')).toEqual([])
})

test('a file is read as UTF-8, or as ISO-8859-1 when it is not; a missing one is undefined', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'config-'))
  try {
    await writeFile(join(directory, 'u'), '通道')
    await writeFile(join(directory, 'l'), Buffer.from([0x63, 0x61, 0x66, 0xe9]))
    expect(readConfigText(join(directory, 'u'))).toBe('通道')
    expect(readConfigText(join(directory, 'l'))).toBe('café')
    expect(readConfigText(join(directory, 'none'))).toBeUndefined()
    expect(() => readConfigText(directory)).toThrow(expect.objectContaining({ code: 'RMQ_CONFIG_FILE' }))
  } finally {
    await rm(directory, { recursive: true })
  }
})
