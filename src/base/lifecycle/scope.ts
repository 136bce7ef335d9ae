/**
 * Owns resources and closes them in reverse order of opening.
 *
 * ```ts
 * await using scope = new Scope()            // a later throw closes everything above it
 * const store = scope.own(await openStore(…))
 * const owned = scope.move()                 // success: the caller owns now
 * return { [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose]() }
 * ```
 */
export class Scope implements AsyncDisposable {
  #open: AsyncDisposable[] = []
  #closing: Promise<void> | undefined

  /** Takes ownership and hands the resource back. */
  own<Resource extends AsyncDisposable>(resource: Resource): Resource {
    this.#open.push(resource)
    return resource
  }

  /** Runs `close` when the scope closes. */
  defer(close: () => void | Promise<void>): void {
    this.#open.push({ [Symbol.asyncDispose]: async () => close() })
  }

  /** Moves everything into a new scope; this one becomes empty. */
  move(): Scope {
    const next = new Scope()
    next.#open = this.#open
    this.#open = []
    return next
  }

  /** Closes last opened first; one failure does not keep the others open. The second call gives the same promise. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#closeAll()
    return this.#closing
  }

  async #closeAll(): Promise<void> {
    const failures: unknown[] = []
    for (let last = this.#open.pop(); last !== undefined; last = this.#open.pop()) {
      try {
        await last[Symbol.asyncDispose]()
      } catch (failure) {
        failures.push(failure)
      }
    }
    if (failures.length === 1) throw failures[0]
    if (failures.length > 1) throw new AggregateError(failures, `${failures.length} resources did not close cleanly`)
  }
}
