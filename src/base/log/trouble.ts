import { textOf } from '../errors/index.ts'
import type { LogFields, Logger } from './logger.ts'

/** Says once that something fails, and once that it works again: a full disk must not fill the log, too. */
export class Trouble {
  readonly #logger: Logger
  readonly #what: string
  readonly #consequence: string
  #failures = 0

  /** `what`: an action, such as `writing the log`; `consequence`: what happens while it fails. */
  constructor(logger: Logger, what: string, consequence: string) {
    this.#logger = logger
    this.#what = what
    this.#consequence = consequence
  }

  /** Whether the last try failed. */
  get isOn(): boolean {
    return this.#failures > 0
  }

  /** A try failed. */
  failed(failure: unknown, fields: LogFields = {}): void {
    this.#failures++
    if (this.#failures > 1) return
    this.#logger.error(`${this.#what} failed; ${this.#consequence}`, { ...fields, reason: textOf(failure) })
  }

  /** A try succeeded. */
  worked(): void {
    if (this.#failures === 0) return
    this.#logger.info(`${this.#what} works again`, { failures: this.#failures })
    this.#failures = 0
  }
}
