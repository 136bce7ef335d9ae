import { Scope } from '../../base/lifecycle/index.ts'
import type { MessageChannel, OutboundChannel } from '../channels/index.ts'
import { frameworkErrors } from '../errors.ts'

/** What making an output binding at run time needs. */
export interface DynamicOutputsParts {
  /** Bindings that are kept; those unused for longest are closed beyond that. */
  readonly most: number
  /** Whether there may be such a binding. @throws RMQ_DESTINATION_REFUSED */
  readonly check: (name: string) => void
  /** The channel of a new binding, not bound yet. */
  readonly channel: (name: string) => OutboundChannel
  /** Binds the channel; the scope closes it. @throws RMQ_BINDING_FAILED */
  readonly bind: (channel: OutboundChannel, scope: Scope) => Promise<unknown>
}

interface Entry {
  readonly channel: Promise<OutboundChannel>
  readonly scope: Scope
  /** Sends under way; an entry in use is not closed. */
  uses: number
}

/**
 * Output bindings that are made when something is first sent to their name.
 * Invariant: a binding is closed only while nobody sends through it.
 */
export class DynamicOutputs implements AsyncDisposable {
  readonly #parts: DynamicOutputsParts
  /** The one used last is at the end. */
  readonly #entries = new Map<string, Entry>()
  #closed = false

  constructor(parts: DynamicOutputsParts) {
    this.#parts = parts
  }

  /**
   * Does something with the channel of this name, which is made when there is none.
   * @throws RMQ_DESTINATION_REFUSED, RMQ_BINDING_FAILED, RMQ_CHANNEL_CLOSED
   */
  async use<Result>(name: string, work: (channel: MessageChannel) => Promise<Result>): Promise<Result> {
    if (this.#closed) throw frameworkErrors.RMQ_CHANNEL_CLOSED({ channel: name, state: 'stopped' })
    this.#parts.check(name)
    const entry = this.#entries.get(name) ?? this.#make(name)
    this.#entries.delete(name)
    this.#entries.set(name, entry)
    entry.uses++
    try {
      await this.#closeEldest()
      return await work(await entry.channel)
    } finally {
      entry.uses--
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    const entries = [...this.#entries.values()]
    this.#entries.clear()
    await Promise.all(entries.map(({ scope }) => scope[Symbol.asyncDispose]()))
  }

  #make(name: string): Entry {
    const scope = new Scope()
    const made = this.#parts.channel(name)
    const channel = this.#parts.bind(made, scope).then(() => made)
    // One that could not be made is made anew at the next message.
    channel.catch(() => {
      if (this.#entries.get(name)?.channel === channel) this.#entries.delete(name)
    })
    return { channel, scope, uses: 0 }
  }

  async #closeEldest(): Promise<void> {
    if (this.#entries.size <= this.#parts.most) return
    for (const [name, entry] of this.#entries) {
      if (entry.uses > 0) continue
      this.#entries.delete(name)
      await entry.scope[Symbol.asyncDispose]()
      return
    }
  }
}
