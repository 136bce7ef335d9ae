import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'

/** Children that must not outlive a test run that was interrupted. */
const running = new Set<ChildProcess>()
const killAll = () => {
  for (const child of running) child.kill('SIGKILL')
}
process.once('exit', killAll)
// A signal ends a process without that event.
process.once('SIGTERM', () => {
  killAll()
  process.kill(process.pid, 'SIGTERM')
})

/** A server process whose output goes to a file. */
export interface Child {
  readonly pid: number
  /** Resolves to the exit code; null after a signal. */
  readonly ended: Promise<number | null>
  readonly alive: boolean
  log(lines?: number): string
  kill(signal: NodeJS.Signals): void
  /** SIGTERM, then waits up to `timeoutMs`. @throws if it had to be killed */
  terminate(timeoutMs: number): Promise<number | null>
}

/** Starts a program with its standard output and error in `logFile`. */
export function startChild(
  command: string,
  args: readonly string[],
  logFile: string,
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Child {
  const log = openSync(logFile, 'a')
  const env = { ...process.env, ...options.env }
  const child = spawn(command, args, { cwd: options.cwd, env, stdio: ['ignore', log, log] })
  closeSync(log)
  track(child)
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => resolve(code))
    child.once('error', () => resolve(-1))
  })
  const alive = () => child.pid !== undefined && child.exitCode === null && child.signalCode === null
  return {
    pid: child.pid ?? -1,
    ended,
    get alive() {
      return alive()
    },
    log: (lines = 40) => readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n'),
    kill: (signal) => void child.kill(signal),
    async terminate(timeoutMs) {
      if (!alive()) return ended
      child.kill('SIGTERM')
      const late = await endsLate(ended, timeoutMs)
      if (!late) return ended
      child.kill('SIGKILL')
      await ended
      throw new Error(`${command} (pid ${child.pid}) had not ended ${timeoutMs} ms after SIGTERM and was killed.`)
    },
  }
}

/** Kills the child when this process exits, unless it ended before. */
export function track(child: ChildProcess): void {
  running.add(child)
  child.once('exit', () => running.delete(child))
}

/** Waits for `serving`, but fails as soon as a child dies or the time is over, with the end of the logs. */
export async function whenServing(
  what: string,
  children: readonly Child[],
  serving: (signal: AbortSignal) => Promise<void>,
  timeoutMs: number,
): Promise<void> {
  const over = new AbortController()
  const fail = (message: string) => over.abort(new Error(message))
  const timer = setTimeout(() => fail(`${what} did not serve after ${timeoutMs} ms.`), timeoutMs)
  let starting = true
  for (const child of children) {
    void child.ended.then((code) => {
      if (starting) fail(`${what} ended with exit code ${code} while starting.`)
    })
  }
  try {
    await serving(over.signal)
  } catch (cause) {
    const logs = children.map((child) => `--- pid ${child.pid} printed ---\n${child.log()}`)
    throw new Error(`${(cause as Error).message}\n${logs.join('\n')}`, { cause })
  } finally {
    starting = false
    clearTimeout(timer)
  }
}

async function endsLate(ended: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(true), timeoutMs)
  })
  try {
    return await Promise.race([ended.then(() => false), late])
  } finally {
    clearTimeout(timer)
  }
}
