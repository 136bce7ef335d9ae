import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { filesBelow, ROOT } from './sources.ts'

const files = ['src', 'decorators', 'test', 'examples']
  .flatMap((folder) => filesBelow(folder, '.ts'))
  .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }))

test('what a file exports is used by another one; types that only describe its own exports apart', () => {
  const unused = files
    .filter(({ path }) => /^(src|decorators)\//.test(path) && !path.endsWith('index.ts') && !path.endsWith('.test.ts'))
    .flatMap(({ path, text }) =>
      [...text.matchAll(/^export (?:async )?(?:function|const|class) (\w+)/gm)]
        .map((match) => match[1] as string)
        .filter((name) => {
          const word = new RegExp(`\\b${name}\\b`)
          return !files.some((other) => other.path !== path && word.test(other.text))
        })
        .map((name) => `${path}: ${name}`),
    )
  expect(unused).toEqual([])
})
