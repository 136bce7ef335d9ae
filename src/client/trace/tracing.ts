import type { ClientSettings } from '../config.ts'
import type { ConsumeHook } from '../consumer/consume-hook.ts'
import type { SendHook } from '../producer/send-hook.ts'
import type { SenderParts } from '../producer/sender.ts'
import { consumeTrace, sendTrace } from './hooks.ts'
import { type TraceOptions, type TraceSettings, traceSettings } from './options.ts'
import { TraceDispatcher } from './trace-dispatcher.ts'

/** What {@link Tracing} works with. */
export interface TracingParts extends Omit<SenderParts, 'ports' | 'hook'> {
  readonly settings: ClientSettings
  readonly nextId: () => string
}

/** The traces of one client: hooks for its producers and consumers, which share a dispatcher for each trace topic. */
export class Tracing implements AsyncDisposable {
  readonly #parts: TracingParts
  readonly #dispatchers = new Map<string, TraceDispatcher>()

  constructor(parts: TracingParts) {
    this.#parts = parts
  }

  /**
   * The hook for a producer; `undefined` when it is not traced. `own` wins over what the client says.
   * @throws RMQ_TOPIC_ILLEGAL, RMQ_TOPIC_NOT_SENDABLE
   */
  ofProducer(group: string, own: boolean | TraceOptions | undefined): SendHook | undefined {
    const dispatcher = this.#dispatcherFor(own)
    return dispatcher === undefined ? undefined : sendTrace(dispatcher, group, this.#parts.settings.clock)
  }

  /** As {@link ofProducer}, for a consumer. */
  ofConsumer(group: string, own: boolean | TraceOptions | undefined): ConsumeHook | undefined {
    const { settings, nextId } = this.#parts
    const dispatcher = this.#dispatcherFor(own)
    return dispatcher === undefined ? undefined : consumeTrace(dispatcher, group, settings.clock, nextId)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#dispatchers.values()].map((dispatcher) => dispatcher[Symbol.asyncDispose]()))
  }

  #dispatcherFor(own: boolean | TraceOptions | undefined): TraceDispatcher | undefined {
    const trace = own === undefined ? this.#parts.settings.trace : this.#settingsOf(own)
    if (trace === undefined) return undefined
    const key = `${trace.topic} ${trace.whenTopicExists}`
    const known = this.#dispatchers.get(key)
    if (known !== undefined) return known
    const { settings: client, nextId, ...sender } = this.#parts
    const dispatcher = new TraceDispatcher({ trace, client, sender, nextId })
    this.#dispatchers.set(key, dispatcher)
    return dispatcher
  }

  /** A bare `true` takes the topic of the client. */
  #settingsOf(own: boolean | TraceOptions): TraceSettings | undefined {
    return own === true && this.#parts.settings.trace !== undefined ? this.#parts.settings.trace : traceSettings(own)
  }
}
