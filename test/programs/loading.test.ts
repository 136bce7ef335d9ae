import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT } from './run.ts'

/** All code that an entry of the built package loads at once, dynamic imports left out. */
function loadedBy(entry: string): string {
  const seen = new Map<string, string>()
  const visit = (path: string): void => {
    if (seen.has(path)) return
    const text = readFileSync(path, 'utf8')
    seen.set(path, text)
    for (const match of text.matchAll(
      /^(?:import|export)\b[^'"()]*?from\s*["'](\.[^"']+)["']|^import\s*["'](\.[^"']+)["']/gm,
    )) {
      visit(join(dirname(path), match[1] ?? match[2] ?? ''))
    }
  }
  visit(join(ROOT, 'dist', entry))
  return [...seen.values()].join('\n')
}

const SERVER = ['src/broker/start-broker.ts', 'src/store/open-store.ts', 'src/namesrv/start-namesrv.ts']

test.each(['index.js', 'client.js', 'framework.js'])('%s loads no server code', (entry) => {
  const code = loadedBy(entry)
  expect(SERVER.filter((path) => code.includes(`// ${path}`))).toEqual([])
})

test.each(['broker.js', 'cli.js', 'embedded.js'])('%s loads neither the container nor RxJS', (entry) => {
  const code = loadedBy(entry)
  expect(['inversify', 'rxjs', 'reflect-metadata'].filter((name) => code.includes(`from "${name}"`))).toEqual([])
  expect(SERVER.every((path) => code.includes(`// ${path}`))).toBe(entry !== 'broker.js')
})
