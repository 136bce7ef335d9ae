/** Runs every example, each as a program of its own; exits 0 only if all do. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
const examples = readdirSync(here).filter((name) => /^\d\d-/.test(name))
/** An example that hangs has failed. */
const LIMIT_MS = 60_000
let failed = 0

for (const name of examples) {
  // An empty directory each: an example stands on nothing that another one left.
  const cwd = mkdtempSync(join(tmpdir(), 'rocketstream-example-'))
  process.stdout.write(`\n--- ${name}\n`)
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), join(here, name, 'main.ts')], {
    cwd,
    stdio: 'inherit',
    env: { ...process.env, TSX_TSCONFIG_PATH: join(here, '..', 'tsconfig.json') },
  })
  const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS)
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  clearTimeout(limit)
  rmSync(cwd, { recursive: true, force: true })
  if (code !== 0) failed++
  process.stdout.write(`--- ${name}: exit ${code}\n`)
}
process.stdout.write(`\n${examples.length - failed} passed, ${failed} failed\n`)
process.exitCode = failed === 0 ? 0 : 1
