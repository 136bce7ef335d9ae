import { withTimeout } from '../../base/async/index.ts'
import { codeOf, textOf } from '../../base/errors/index.ts'
import type { Timer } from '../../base/time/index.ts'
import type { ClientSettings } from '../config.ts'
import { producerSettings } from '../producer/config.ts'
import { outgoingMessage } from '../producer/outgoing.ts'
import { Sender, type SenderParts } from '../producer/sender.ts'
import { encodeTrace, traceKeys } from './encode-trace.ts'
import type { TraceSettings } from './options.ts'
import type { TraceRecord } from './trace-record.ts'

/** What a {@link TraceDispatcher} works with. */
export interface TraceParts {
  readonly trace: TraceSettings
  readonly client: ClientSettings
  readonly sender: Omit<SenderParts, 'ports' | 'hook'>
  readonly nextId: () => string
}

/** Calls of a producer or listener whose records make one message. Apache: `traceMsgBatchNum`. */
const CALLS_PER_MESSAGE = 10
/** Milliseconds that records wait for others. */
const WAIT_MS = 5000
/**
 * Calls whose records wait or are being sent; those of further ones are lost. Apache: `AsyncTraceDispatcher.queueSize`.
 */
const CALLS_MAX = 2048
/** Bytes of records in one message. */
const MESSAGE_BYTES_MAX = 128_000
/** Characters of the keys of one message, which are among its properties. */
const KEYS_CHARS_MAX = 30_000
/** Milliseconds that closing waits for what is being sent. */
const FLUSH_MS = 5000
/** Milliseconds after which a topic that was missing is looked for again. */
const MISSING_MS = 30_000
/** Group of the producer of traces, which is not traced itself. */
const TRACE_GROUP = '_INNER_TRACE_PRODUCER'

/** Records about messages of one topic, on their way into one message. */
interface Gathered {
  texts: string[]
  bytes: number
  readonly keys: Set<string>
  keyChars: number
  calls: number
  readonly timer: Timer
}

/**
 * Gathers trace records and sends them to the trace topic, without ever delaying or failing what is traced: when there
 * are too many, or they cannot be sent, they are lost and counted. Apache: `AsyncTraceDispatcher` (5.3.3).
 */
export class TraceDispatcher implements AsyncDisposable {
  readonly topic: string
  readonly #parts: TraceParts
  readonly #sender: Sender
  readonly #gathered = new Map<string, Gathered>()
  readonly #sending = new Set<Promise<void>>()
  #calls = 0
  #lost = 0
  #isFailing = false
  #state: 'unknown' | 'asking' | 'ready' | 'missing' = 'unknown'
  #asking: Promise<void> | undefined
  #askAgainMs = 0

  constructor(parts: TraceParts) {
    this.#parts = parts
    this.topic = parts.trace.topic
    const settings = producerSettings({ group: TRACE_GROUP, sendTimeoutMs: 5000 })
    this.#sender = new Sender(settings, { ...parts.sender, ports: parts.client })
    if (!parts.trace.whenTopicExists) this.#isReady()
  }

  /** Records that were lost. */
  get lost(): number {
    return this.#lost
  }

  /** Whether messages of this topic are traced now. */
  traces(topic: string): boolean {
    if (topic.startsWith(this.topic)) return false
    if (this.#state === 'ready' || this.#state === 'asking') return true
    if (this.#state === 'missing' && this.#parts.client.clock.monotonicMs() < this.#askAgainMs) return false
    this.#ask()
    return true
  }

  /** Takes the records of one call about messages of one topic. */
  add(topic: string, records: readonly TraceRecord[]): void {
    if (this.#calls >= CALLS_MAX) {
      this.#lose(records.length, `${CALLS_MAX} calls already wait to be traced`)
      return
    }
    this.#calls++
    const gathered = this.#gathered.get(topic) ?? this.#begin(topic)
    gathered.calls++
    for (const record of records) {
      const text = encodeTrace(record)
      const bytes = Buffer.byteLength(text)
      const keys = traceKeys(record).filter((key) => !gathered.keys.has(key))
      const keyChars = keys.reduce((sum, key) => sum + key.length + 1, 0)
      const isFull = gathered.bytes + bytes > MESSAGE_BYTES_MAX || gathered.keyChars + keyChars > KEYS_CHARS_MAX
      if (isFull && gathered.texts.length > 0) this.#sendGathered(gathered, 0)
      gathered.texts.push(text)
      gathered.bytes += bytes
      for (const key of keys) if (gathered.keyChars + key.length < KEYS_CHARS_MAX) this.#addKey(gathered, key)
    }
    if (gathered.calls >= CALLS_PER_MESSAGE) this.#end(topic, gathered)
  }

  /** Sends what was gathered; resolves when it is stored or lost, at the latest after 5 s. */
  async flush(): Promise<void> {
    for (const [topic, gathered] of this.#gathered) this.#end(topic, gathered)
    const all = Promise.all(this.#sending).then(() => undefined)
    await withTimeout(this.#parts.client.clock, all, FLUSH_MS, () => undefined)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.flush()
    await this.#sender.close()
  }

  #begin(topic: string): Gathered {
    const send = (): void => {
      const gathered = this.#gathered.get(topic)
      if (gathered !== undefined) this.#end(topic, gathered)
    }
    const timer = this.#parts.client.clock.setTimeout(send, WAIT_MS, { background: true })
    const gathered = { texts: [], bytes: 0, keys: new Set<string>(), keyChars: 0, calls: 0, timer }
    this.#gathered.set(topic, gathered)
    return gathered
  }

  #addKey(gathered: Gathered, key: string): void {
    gathered.keys.add(key)
    gathered.keyChars += key.length + 1
  }

  #end(topic: string, gathered: Gathered): void {
    gathered.timer.cancel()
    this.#gathered.delete(topic)
    this.#sendGathered(gathered, gathered.calls)
  }

  /** Sends the records so far and begins anew; `calls` are over with it. */
  #sendGathered(gathered: Gathered, calls: number): void {
    const { texts } = gathered
    const keys = [...gathered.keys]
    gathered.texts = []
    gathered.bytes = 0
    gathered.keys.clear()
    gathered.keyChars = 0
    const sending = this.#send(texts, keys).finally(() => {
      this.#calls -= calls
      this.#sending.delete(sending)
    })
    this.#sending.add(sending)
  }

  async #send(texts: readonly string[], keys: readonly string[]): Promise<void> {
    const { clock } = this.#parts.client
    try {
      if (this.#state === 'asking') await this.#asking
      if (this.#state !== 'ready') {
        this.#lost += texts.length
        return
      }
      const message = { topic: this.topic, body: Buffer.from(texts.join('')), keys }
      const { settings } = this.#sender
      const sent = outgoingMessage(message, this.#parts.nextId(), clock.now(), settings)
      await this.#sender.send(sent, settings.sendTimeoutMs, undefined)
      this.#isFailing = false
    } catch (failure) {
      this.#lose(texts.length, textOf(failure))
      // Asking for a topic that does not exist costs a request a message.
      if (codeOf(failure) === 'RMQ_TOPIC_NOT_FOUND') this.#isMissing()
    }
  }

  /** Finds out whether there is a trace topic. */
  #ask(): void {
    if (!this.#parts.trace.whenTopicExists) {
      this.#state = 'ready'
      return
    }
    this.#state = 'asking'
    this.#asking = this.#parts.sender.routes.ask(this.topic).then(
      (route) => {
        if (route === undefined || route.publishQueues.length === 0) this.#isMissing()
        else this.#isReady()
      },
      () => this.#isMissing(),
    )
  }

  #isReady(): void {
    this.#sender.prepareTopic(this.topic)
    this.#state = 'ready'
  }

  #isMissing(): void {
    this.#state = 'missing'
    this.#askAgainMs = this.#parts.client.clock.monotonicMs() + MISSING_MS
  }

  /** Said once until a trace message gets through again. */
  #lose(records: number, reason: string): void {
    this.#lost += records
    if (this.#isFailing) return
    this.#isFailing = true
    this.#parts.client.logger.warn('message traces are lost; the messages themselves are not affected', {
      topic: this.topic,
      lost: this.#lost,
      reason,
    })
  }
}
