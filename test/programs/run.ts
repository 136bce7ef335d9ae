import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A running program whose output can be waited for. */
export interface Running {
  readonly ended: Promise<Ended>
  /** Resolves when standard output has this text; rejects when the program ends first. */
  until(text: string): Promise<void>
  /** {@link Running.until}, giving the line. */
  line(text: string): Promise<string>
  kill(signal: NodeJS.Signals): void
}

/** Runs Node with these arguments. */
export function run(args: readonly string[], options: { readonly cwd?: string; readonly uid?: number } = {}): Running {
  const child = spawn(process.execPath, args, {
    cwd: options.cwd ?? ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.uid === undefined ? {} : { uid: options.uid }),
  })
  let stdout = ''
  let stderr = ''
  const watchers = new Set<() => void>()
  child.stdout.on('data', (bytes: Buffer) => {
    stdout += bytes.toString()
    for (const look of watchers) look()
  })
  child.stderr.on('data', (bytes: Buffer) => {
    stderr += bytes.toString()
  })
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })))
  const until = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!stdout.includes(text)) return
        watchers.delete(look)
        resolve()
      }
      watchers.add(look)
      void ended.then((end) =>
        reject(new Error(`ended with ${end.code} before "${text}":\n${end.stdout}\n${end.stderr}`)),
      )
      look()
    })
  return {
    ended,
    until,
    async line(text) {
      await until(text)
      return stdout.split('\n').find((line) => line.includes(text)) ?? ''
    },
    kill: (signal) => void child.kill(signal),
  }
}

/** The command line of the built package. */
export const CLI = `${ROOT}dist/cli.js`
