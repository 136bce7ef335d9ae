import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CLI, type Running, run } from './run.ts'

/** A server as a process of its own, so that it can be killed. */
export interface ServerProcess {
  readonly running: Running
  readonly nameServer: string
}

/**
 * Starts `rocketstream server` in a directory, on free ports, with these lines in its `broker.conf`; the store stays
 * there.
 */
export async function startServerProcess(directory: string, ...conf: readonly string[]): Promise<ServerProcess> {
  const lines = ['listenPort=0', 'brokerIP1=127.0.0.1', ...conf]
  writeFileSync(join(directory, 'broker.conf'), lines.map((line) => `${line}\n`).join(''))
  const running = run([CLI, 'server', '--namesrv-port', '0', '-c', 'broker.conf', '--store', 'store'], {
    cwd: directory,
  })
  const line = await running.line('rocketstream server ready')
  return { running, nameServer: `127.0.0.1:${/port (\d+)/.exec(line)?.[1]}` }
}
