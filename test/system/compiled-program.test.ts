import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'tsup'
import { afterAll, beforeAll, expect, test } from 'vitest'

const here = dirname(fileURLToPath(import.meta.url))
const program = join(here, 'compiled-program', 'main.ts')
const run = promisify(execFile)
// What the container and the decorators need at run time is written by hand everywhere, so that all of them print the
// same.
const EXPECTED = 'text at 9500\n[object Object] at 9500\n{"key":"k","gross":6}\n8\n'

let built = ''
beforeAll(async () => {
  // Beside the sources, so that the program finds the packages it imports.
  built = await mkdtemp(join(here, 'compiled-program', 'built-'))
  await build({ entry: { main: program }, outDir: built, format: 'esm', target: 'node20', config: false, silent: true })
})
afterAll(() => rm(built, { recursive: true }))

test('built by tsup (esbuild), the program works', async () => {
  const code = await readFile(join(built, 'main.js'), 'utf8')
  expect(code).not.toContain('design:paramtypes')
  const { stdout } = await run(process.execPath, [join(built, 'main.js')])
  expect(stdout).toBe(EXPECTED)
})

test('run by tsx, the program works', async () => {
  const { stdout } = await run(process.execPath, ['--import', 'tsx', program])
  expect(stdout).toBe(EXPECTED)
})

async function waiting(): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(built, 'main.js'), 'wait'], { stdio: ['ignore', 'pipe', 'inherit'] })
  if (child.stdout !== null) await once(child.stdout, 'data')
  return child
}

test.each(['SIGTERM', 'SIGINT'] as const)('%s closes the application, and the process ends with 0', async (signal) => {
  const child = await waiting()
  child.kill(signal)
  expect(await once(child, 'exit')).toEqual([0, null])
})
