/** How long a check runs before it shows how far it is. */
const SHOWN_AFTER_MS = 1000

/** Time between two changes of the line. */
const CHANGED_EVERY_MS = 200

/** A line on a terminal's standard error that says how far a long check is; nothing where nobody looks. */
export class ProgressLine {
  readonly #start = performance.now()
  #shownMs = 0
  #isShown = false

  readonly show = (done: number, total: number): void => {
    const now = performance.now()
    if (!process.stderr.isTTY || now - this.#start < SHOWN_AFTER_MS || now - this.#shownMs < CHANGED_EVERY_MS) return
    this.#shownMs = now
    this.#isShown = true
    const megabytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(0)
    const percent = Math.floor((done / Math.max(1, total)) * 100)
    process.stderr.write(`\r${percent} %, ${megabytes(done)} of at most ${megabytes(total)} MiB checked`)
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#isShown) process.stderr.write('\r\u001b[K')
  }
}
