import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { filesBelow, ROOT, sources } from './sources.ts'

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const documents = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', ...filesBelow('docs', '.md')]

test('every error code is in docs/errors.md, and nothing else is', () => {
  const declared = sources()
    .filter((file) => file.path.endsWith('errors.ts'))
    .flatMap((file) => [...file.text.matchAll(/^ {2}(RMQ_\w+):/gm)].map((match) => match[1] as string))
  const documented = [...read('docs/errors.md').matchAll(/^\| `(RMQ_\w+)` /gm)].map((match) => match[1] as string)
  expect(documented).toEqual([...new Set(declared)].sort())
})

test('every path in the "where is" table of the README exists', () => {
  const table = read('README.md').split('## Where is')[1]?.split('\n## ')[0] ?? ''
  const rows = table.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| Looking for'))
  const paths = rows.flatMap((row) => [...row.matchAll(/`([\w./-]+\/[\w./-]*)`/g)].map((match) => match[1] as string))
  expect(rows.length).toBeGreaterThan(15)
  expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
  const bare = rows.filter((row) => (row.match(/`[\w./-]+\/[\w./-]*`/g) ?? []).length < 2)
  expect(bare, 'each row names a door and a proof').toEqual([])
})

test('links between documents lead somewhere', () => {
  const broken = documents.flatMap((document) =>
    [...read(document).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
      .map((match) => match[1] as string)
      .filter((target) => !existsSync(join(ROOT, dirname(document), target)))
      .map((target) => `${document}: ${target}`),
  )
  expect(broken).toEqual([])
})

test('code in the README is taken from the examples', () => {
  const examples = filesBelow('examples', '.ts').map((path) => normalized(read(path)))
  const blocks = [...read('README.md').matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1] as string)
  expect(blocks.length).toBeGreaterThan(0)
  for (const block of blocks) {
    // An ellipsis line stands for what was left out.
    for (const part of block.split(/^\s*\/\/ …\s*$/m)) {
      const wanted = normalized(part)
      expect(
        examples.some((example) => example.includes(wanted)),
        part,
      ).toBe(true)
    }
  }
})

test('the README stays readable', () => {
  expect(read('README.md').split('\n').length).toBeLessThanOrEqual(250)
})

function normalized(code: string): string {
  return code.replaceAll(/\s+/g, ' ').trim()
}
