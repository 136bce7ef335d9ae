import { setTimeout as wait } from 'node:timers/promises'
import type { Args } from './args.ts'
import { print } from './out.ts'

/** The parts of a received message that a driver prints. */
interface Received {
  readonly topic: string
  readonly body: Buffer
  readonly queueId: number
  readonly queueOffset: number
  readonly reconsumeTimes: number
  readonly tag: string | undefined
}

/** What a consumer received, as `test/interop/java/Tally.java` counts it. */
export class Tally {
  readonly #seen = new Set<string>()
  readonly #expected: number
  readonly #idleMs: number
  readonly #untilMs: number
  #received = 0
  #duplicates = 0
  #lastMs = performance.now()
  #stopped = false

  constructor(args: Args) {
    this.#expected = args.number('expect', Number.POSITIVE_INFINITY)
    this.#idleMs = args.number('idle-ms', 1000)
    this.#untilMs = performance.now() + args.number('timeout-ms', 120_000)
    process.once('SIGTERM', () => {
      this.#stopped = true
    })
  }

  add({ body, topic, queueId, queueOffset, reconsumeTimes, tag }: Received): string {
    const [id = ''] = body.toString().split(' ', 1)
    this.#received++
    if (this.#seen.has(id)) this.#duplicates++
    this.#seen.add(id)
    this.#lastMs = performance.now()
    print({ id, topic, queueId, queueOffset, reconsumeTimes, tags: tag })
    return id
  }

  get goesOn(): boolean {
    if (this.#stopped || performance.now() > this.#untilMs) return false
    return !this.#complete || performance.now() - this.#lastMs < this.#idleMs
  }

  async wait(): Promise<void> {
    while (this.goesOn) await wait(20)
  }

  end(): boolean {
    const complete = this.#complete
    print({
      done: {
        received: this.#received,
        unique: this.#seen.size,
        duplicates: this.#duplicates,
        complete,
        stoppedBySignal: this.#stopped,
      },
    })
    return complete || this.#stopped
  }

  get #complete(): boolean {
    return this.#seen.size >= this.#expected
  }
}
