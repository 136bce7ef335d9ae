import type { Child } from './child.ts'

/** A running server, Apache's or ours: tests run over `[startApache, startRocketstream]` and see no difference. */
export interface ServerUnderTest extends AsyncDisposable {
  readonly name: 'apache' | 'rocketstream'
  /** `host:port` for clients. */
  readonly namesrvAddress: string
  /** `host:port` of the master; empty if only a name server was started. */
  readonly brokerAddress: string
  readonly brokerName: string
  /** The broker's `storePathRootDir`. Kept after `stop` and `kill9` if the caller named the directory. */
  readonly storeDir: string
  /** The processes of this server: name server and broker, or one for both. */
  readonly pids: readonly number[]
  /** From the start of the first process until the broker's port accepted, in milliseconds; 0 without a broker. */
  readonly portsMs: number
  /** From the start of the first process until the broker was registered and accepted connections. */
  readonly startMs: number
  /** What the processes printed, last lines. */
  log(): string
  /**
   * SIGTERM, broker first, and waits for the end; resolves to the exit codes in that order. Idempotent.
   * @throws if a process has not ended after 60 s; it is killed then
   */
  stop(): Promise<readonly (number | null)[]>
  /** SIGKILL to all processes at once. Resolves when they are gone. */
  kill9(): Promise<void>
  /**
   * The end of a test: `stop` for ours, so that a server that cannot stop fails the test; SIGKILL for Apache's,
   * whose orderly stop takes 13 s and proves nothing here. Nothing to do after `stop` or `kill9`.
   */
  [Symbol.asyncDispose](): Promise<void>
}

type Facts = Omit<ServerUnderTest, 'pids' | 'log' | 'stop' | 'kill9' | keyof AsyncDisposable>

const STOP_MS = 60_000

/** Gives running processes the common shape. `children` are in the order in which they stop. */
export function serverOf(facts: Facts, children: readonly Child[], cleanUp: () => Promise<void>): ServerUnderTest {
  let stopping: Promise<readonly (number | null)[]> | undefined
  const terminate = async () => {
    const codes: (number | null)[] = []
    const failures: unknown[] = []
    for (const child of children) {
      await child.terminate(STOP_MS).then(
        (code) => codes.push(code),
        (failure: unknown) => failures.push(failure),
      )
    }
    await cleanUp()
    if (failures.length > 0) throw new AggregateError(failures, `${failures.length} processes did not stop cleanly.`)
    return codes
  }
  const stop = () => {
    stopping ??= terminate()
    return stopping
  }
  const kill9 = async () => {
    for (const child of children) child.kill('SIGKILL')
    await Promise.all(children.map((child) => child.ended))
    await cleanUp()
    stopping ??= Promise.resolve(children.map(() => null))
  }
  return {
    ...facts,
    pids: children.map((child) => child.pid),
    log: () => children.map((child) => child.log()).join('\n'),
    stop,
    kill9,
    async [Symbol.asyncDispose]() {
      if (facts.name === 'apache' && stopping === undefined) await kill9()
      else await stop()
    },
  }
}
