import { textOf } from '../../base/errors/index.ts'
import type { Logger } from '../../base/log/index.ts'
import type { Clock, Timer } from '../../base/time/index.ts'

/** How long after a failure or a lost connection the broker tries again. */
const RETRY_MS = 1000

/**
 * One name server as the broker sees it: one registration at a time, retried until it works, one log line per change.
 */
export class NameServer {
  readonly address: string
  readonly #registerOnce: () => Promise<void>
  readonly #clock: Clock
  readonly #logger: Logger
  #isUp: boolean | undefined
  #running: Promise<void> | undefined
  #isStale = false
  #retry: Timer | undefined
  #closed = false

  constructor(address: string, registerOnce: () => Promise<void>, clock: Clock, logger: Logger) {
    this.address = address
    this.#registerOnce = registerOnce
    this.#clock = clock
    this.#logger = logger
  }

  /** Registers; resolves when it worked or failed. What changes meanwhile is registered right after. */
  register(): Promise<void> {
    if (this.#closed) return Promise.resolve()
    this.#isStale = true
    this.#running ??= this.#registerAll().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /** The connection is over, and with it the registration. */
  connectionLost(): void {
    this.#retrySoon()
  }

  /** Stops registering and unregisters; a name server that does not answer is left alone. */
  async close(unregister: () => Promise<void>): Promise<void> {
    this.#closed = true
    this.#retry?.cancel()
    await this.#running
    try {
      await unregister()
    } catch (failure) {
      this.#logger.warn('could not unregister', { nameServer: this.address, reason: textOf(failure) })
    }
  }

  async #registerAll(): Promise<void> {
    while (this.#isStale && !this.#closed) {
      this.#isStale = false
      try {
        await this.#registerOnce()
        this.#report(true, '')
      } catch (failure) {
        this.#report(false, textOf(failure))
        this.#retrySoon()
        return
      }
    }
  }

  #retrySoon(): void {
    if (this.#closed || this.#retry !== undefined) return
    this.#retry = this.#clock.setTimeout(
      () => {
        this.#retry = undefined
        void this.register()
      },
      RETRY_MS,
      { background: true },
    )
  }

  #report(isUp: boolean, reason: string): void {
    if (this.#isUp === isUp) return
    this.#isUp = isUp
    if (isUp) this.#logger.info('registered', { nameServer: this.address })
    else this.#logger.warn('cannot register, trying again', { nameServer: this.address, reason })
  }
}
