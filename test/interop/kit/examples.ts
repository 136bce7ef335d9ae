import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { track } from './child.ts'

/** An example hangs longer than this only when it is broken. */
const LIMIT_MS = 90_000

/**
 * Runs an example against a name server; resolves with its exit code, null when it had to be killed, and all it
 * printed.
 */
export async function runNode(
  main: string,
  nameServer: string,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const cwd = mkdtempSync(join(tmpdir(), 'rocketstream-example-'))
  const flag = `--spring.cloud.stream.rocketmq.binder.name-server=${nameServer}`
  const tsconfig = fileURLToPath(new URL('../../../tsconfig.json', import.meta.url))
  const tsx = import.meta.resolve('tsx')
  const child = spawn(process.execPath, ['--import', tsx, main, flag], {
    cwd,
    env: { ...process.env, ROCKETMQ_NAME_SERVER: nameServer, TSX_TSCONFIG_PATH: tsconfig },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  track(child)
  let output = ''
  const collect = (bytes: Buffer): void => {
    output += bytes.toString()
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS)
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  clearTimeout(limit)
  rmSync(cwd, { recursive: true, force: true })
  return { code, output }
}
