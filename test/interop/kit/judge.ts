import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { track } from './child.ts'
import type { ClientVersion, JavaReady, JavaTuning } from './java-kit.ts'
import { QUICK_START } from './java-kit.ts'

/** One line of a driver. A message has an `id`; the other fields depend on the command, see the driver's source. */
export type JudgeLine = Readonly<Record<string, unknown>> & {
  readonly id?: string
  readonly queueId?: number
  readonly queueOffset?: number
  readonly reconsumeTimes?: number
}

/** The last line. `error` is never set here: a driver that failed rejects `done`. */
export type JudgeDone = Readonly<Record<string, unknown>>

export interface JudgeOptions {
  /** Kills the driver with SIGKILL. */
  readonly signal?: AbortSignal
  readonly onLine?: (line: JudgeLine) => void
  /** Java system properties, such as `{ 'rocketmq.serialize.type': 'ROCKETMQ' }`. */
  readonly properties?: Readonly<Record<string, string>>
  /** Java heap (default `256m`). */
  readonly heap?: string
  /** Default `quick`: what starts a program with the least CPU time. */
  readonly tuning?: JavaTuning
}

/**
 * For members that start before their topic: Java’s meet it when they divide queues anew, which is every 20 s
 * otherwise.
 */
export const LIVELY: JudgeOptions = { properties: { 'rocketmq.client.rebalance.waitInterval': '500' } }

const READY_MS = 30_000

/** A running driver. */
export interface Judge {
  readonly pid: number
  /** All lines so far, the last one excluded; grows while the driver runs. */
  readonly lines: readonly JudgeLine[]
  /** Resolves when the driver has started its client. */
  readonly ready: Promise<void>
  /** Resolves to the final line's content; rejects if the driver failed or was killed. Need not be awaited. */
  readonly done: Promise<JudgeDone>
  /** Resolves to the exit code, null after SIGKILL. */
  readonly ended: Promise<number | null>
  /** The ids of the messages so far, in order of arrival, refused deliveries left out. */
  ids(): string[]
  /**
   * Resolves when the condition holds; looked at after every line.
   * @throws if the driver ends or the time is over first
   */
  until(condition: () => boolean, timeoutMs: number): Promise<void>
  kill(signal?: NodeJS.Signals): void
}

/**
 * Runs one command of `test/interop/java/Judge.java` with the given official client.
 * @param args  for example `['consume', '--namesrv', address, '--topic', 'T', '--expect', '100']`
 */
export function judge(
  kit: JavaReady,
  version: ClientVersion,
  args: readonly string[],
  options: JudgeOptions = {},
): Judge {
  const home = mkdtempSync(join(tmpdir(), 'rocketstream-judge-'))
  const child = spawn('java', [...jvmFlags(kit, version, home, options), 'Judge', ...args], {
    cwd: home,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.signal === undefined ? {} : { signal: options.signal, killSignal: 'SIGKILL' as const }),
  })
  return drive(child, `Judge ${args[0]} (${version})`, home, options.onLine)
}

/**
 * Runs our own client with the same commands and lines, as a process of its own (`test/interop/ours/judge.ts`).
 * @param args  for example `['consume', '--namesrv', address, '--topic', 'T', '--expect', '100']`
 */
export function ourJudge(args: readonly string[], options: Pick<JudgeOptions, 'onLine'> = {}): Judge {
  const home = mkdtempSync(join(tmpdir(), 'rocketstream-judge-'))
  const program = fileURLToPath(new URL('../ours/judge.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  return drive(child, `our judge ${args[0]}`, home, options.onLine)
}

/** Reads the lines of a driver. `home` is removed when it has ended. */
function drive(
  child: ChildProcessByStdio<null, Readable, Readable>,
  name: string,
  home: string,
  onLine: ((line: JudgeLine) => void) | undefined,
): Judge {
  track(child)
  const lines: JudgeLine[] = []
  const watchers = new Set<() => void>()
  let summary: JudgeDone | undefined
  let noise = ''
  const note = (text: string) => {
    noise = (noise + text).slice(-8000)
  }
  const accept = (text: string) => {
    const line = parse(text)
    if (line === undefined) return note(`${text}\n`)
    if (line['done'] !== undefined) summary = line['done'] as JudgeDone
    else {
      lines.push(line)
      onLine?.(line)
      for (const look of watchers) look()
    }
  }
  child.stderr.on('data', (chunk: Buffer) => note(chunk.toString()))
  createInterface({ input: child.stdout }).on('line', accept)
  child.on('error', (failure) => note(`${failure.message}\n`))
  // 'close' and not 'exit': only then all lines have been read.
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)))
  void ended.then(() => rmSync(home, { recursive: true, force: true, maxRetries: 5 }))

  const failure = (code: number | null, wish: string) =>
    new Error(`${name} ended ${wish} (exit code ${code}): ${summary?.['error'] ?? ''}\n${noise}`)
  const until = (condition: () => boolean, timeoutMs: number) =>
    new Promise<void>((resolve, reject) => {
      const stop = (settle: () => void) => {
        clearTimeout(timer)
        watchers.delete(look)
        settle()
      }
      const look = () => condition() && stop(resolve)
      const late = () => new Error(`${name}: not so after ${timeoutMs} ms, ${lines.length} lines.`)
      const timer = setTimeout(() => stop(() => reject(late())), timeoutMs)
      watchers.add(look)
      void ended.then((code) => stop(() => (condition() ? resolve() : reject(failure(code, 'too early')))))
      look()
    })
  const ready = until(() => lines.some((line) => line['ready'] === true), READY_MS)
  const done = ended.then((code) => {
    if (summary === undefined || summary['error'] !== undefined) throw failure(code, 'without a result')
    return summary
  })
  // A test that kills its driver awaits neither.
  for (const promise of [ready, done]) promise.catch(() => undefined)
  return {
    pid: child.pid ?? -1,
    lines,
    ready,
    done,
    ended,
    until,
    ids: () => lines.flatMap((line) => (line.id !== undefined && line['refused'] !== true ? [line.id] : [])),
    kill: (signal = 'SIGTERM') => void child.kill(signal),
  }
}

/** Undefined for what is no JSON object: the 4.x client's own warnings, or a line cut off by SIGKILL. */
function parse(text: string): JudgeLine | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    return JSON.parse(text) as JudgeLine
  } catch {
    return undefined
  }
}

function jvmFlags(kit: JavaReady, version: ClientVersion, home: string, options: JudgeOptions): string[] {
  const properties = {
    'user.home': home,
    'java.io.tmpdir': home,
    // The 5.x client, then the 4.x client: no log files, no log lines.
    'rmq.logback.configurationFile': kit.quietLogback,
    'rocketmq.client.logRoot': home,
    'rocketmq.client.logLevel': 'OFF',
    ...options.properties,
  }
  const heap = options.heap ?? '256m'
  const defines = Object.entries(properties).map(([key, value]) => `-D${key}=${value}`)
  const tuning = options.tuning === 'throughput' ? [] : QUICK_START
  return [`-Xms${heap}`, `-Xmx${heap}`, ...tuning, ...defines, '-cp', kit.judgeClassPath[version]]
}
