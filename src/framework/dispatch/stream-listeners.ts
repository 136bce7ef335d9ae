import { isObservable, type Observable, Subject } from 'rxjs'
import { deferred, KeyedMutex, withTimeout } from '../../base/async/index.ts'
import { textOf } from '../../base/errors/index.ts'
import type { Clock } from '../../base/time/index.ts'
import { requeueLater } from '../binder/index.ts'
import type { ChannelSubscription, InboundChannel, Message } from '../channels/index.ts'
import { convertPayload } from '../convert/index.ts'
import { frameworkErrors } from '../errors.ts'
import { currentEmission, Emission, Item, type NackOptions, withItems } from '../reactive/index.ts'
import { withPayload } from './arguments.ts'
import type { DispatchContext, LiveListener } from './message-listeners.ts'
import type { ListenerPlan, ParameterPlan } from './plan.ts'
import { sendResult } from './reply.ts'

/** Results that may wait for being stored before the stream takes no more items. */
const SENDS_UNDER_WAY_MAX = 64

/** The delay level, 1 s, of items that are still open when the application closes: another member may take them. */
const CLOSING_DELAY_LEVEL = 1

/** What a running stream needs beside the context. */
export interface StreamContext extends DispatchContext {
  readonly input: (name: string) => InboundChannel
  readonly clock: Clock
  /** Aborted when closing begins; then consumers wait for items that are open. */
  readonly closing: AbortSignal
  /** How long a stream may take to end with its inputs. */
  readonly endMs: number
}

/** A streaming listener at work. */
export interface LiveStream {
  /** Ends its inputs; resolves when what the listener returned has ended too and all it gave is sent. */
  close(): Promise<void>
  /** Lets go of a stream that does not end with its inputs; harmless after {@link close}. */
  destroy(): void
}

/**
 * Calls a streaming listener once, with one Observable per `@Input`, and sends what its Observable gives.
 *
 * An item is done when the stream has taken it and everything the stream gave in that moment is stored; unless it is
 * held, by an operator, by hand or by `ack: 'manual'`: then it is done when whoever holds it says so. What comes later
 * and holds no item is sent as well, and nobody waits for it. While {@link SENDS_UNDER_WAY_MAX} results wait, no item
 * is taken, so that a slow broker slows the input. An item at which the stream fails is given back, with those that the
 * failed stream held, and the stream is subscribed anew. When the application closes while items are held, the inputs
 * end at once, so that what was gathered is handed on; what is open after that is given back.
 */
export function startStream({ plan, service }: LiveListener, context: StreamContext): LiveStream {
  const stream = new RunningStream(plan, context)
  const args = plan.parameters.map((parameter) => {
    if (parameter.kind === 'output') return context.output(parameter.channel)
    return parameter.kind === 'stream' ? stream.feed(context.input(parameter.channel), parameter) : undefined
  })
  const method = (service as Record<string | symbol, (...args: readonly unknown[]) => unknown>)[plan.member]
  const result = method?.apply(service, args)
  if (isObservable(result)) stream.drain(result, plan.output)
  else if (plan.output !== undefined) {
    const reason = `it must return an Observable, whose items go to "${plan.output}".`
    throw frameworkErrors.RMQ_LISTENER({ listener: plan.listener, reason })
  }
  return stream
}

class RunningStream implements LiveStream {
  readonly #plan: ListenerPlan
  readonly #listener: string
  readonly #context: StreamContext
  readonly #subscriptions: ChannelSubscription[] = []
  readonly #subjects: Subject<unknown>[] = []
  readonly #underWay = new Set<Promise<void>>()
  /** Items that were taken and are not settled. */
  readonly #open = new Set<Item>()
  readonly #turns = new KeyedMutex()
  #failure: { readonly reason: unknown } | undefined
  #closed = false
  /** Settles when what the listener returned has ended. */
  #draining: Promise<void> = Promise.resolve()
  #itemsSinceSubscribed = 0

  constructor(plan: ListenerPlan, context: StreamContext) {
    this.#plan = plan
    this.#listener = plan.listener
    this.#context = context
    context.closing.addEventListener('abort', () => this.#closing(), { once: true })
  }

  /** The Observable of one input. */
  feed(channel: InboundChannel, parameter: ParameterPlan & { kind: 'stream' }): Observable<unknown> {
    const subject = new Subject<unknown>()
    this.#subjects.push(subject)
    this.#subscriptions.push(channel.subscribeRaw(async (message) => this.#take(message, channel, parameter, subject)))
    return subject.asObservable()
  }

  /** Subscribes to what the listener returned; again whenever it fails at an item. */
  drain(result: Observable<unknown>, output: string | undefined): void {
    this.#itemsSinceSubscribed = 0
    const ended = deferred()
    this.#draining = ended.promise
    const subscription = result.subscribe({
      next: (item) => {
        if (output !== undefined) this.#send(item, output)
      },
      error: (reason: unknown) => {
        this.#failure = { reason }
        const again = !this.#closed && this.#itemsSinceSubscribed > 0
        const consequence = again ? 'it is subscribed anew' : 'its input is given back from now on'
        this.#context.logger.error(`${this.#listener}: the stream failed: ${textOf(reason)}; ${consequence}`)
        this.#giveBackHeld({ reason })
        if (again) this.drain(result, output)
        ended.resolve()
      },
      complete: () => {
        if (!this.#closed) {
          this.#context.logger.warn(`${this.#listener}: the stream has ended; its input is given back from now on`)
          this.#giveBackHeld({ reason: 'the stream has ended' })
        }
        ended.resolve()
      },
    })
    this.#subscriptions.push(subscription)
  }

  async close(): Promise<void> {
    this.#endInputs()
    await this.#draining
    await Promise.all(this.#underWay)
    this.destroy()
  }

  destroy(): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe()
  }

  async #take(
    message: Message<Buffer>,
    channel: InboundChannel,
    parameter: ParameterPlan & { kind: 'stream' },
    subject: Subject<unknown>,
  ): Promise<void> {
    // One at a time, so that the stream gets items in the order in which they came, whatever converting and waiting
    // take.
    const { item, emission } = await this.#turns.run(channel.name, () =>
      this.#emit(message, channel, parameter, subject),
    )
    try {
      if (item.held || item.settled) await item.done
      else await emission.stored()
    } finally {
      this.#open.delete(item)
    }
  }

  /** Converts a message and hands it to the stream. */
  async #emit(
    message: Message<Buffer>,
    channel: InboundChannel,
    parameter: ParameterPlan & { kind: 'stream' },
    subject: Subject<unknown>,
  ): Promise<{ readonly item: Item; readonly emission: Emission }> {
    const payload = await convertPayload(message.payload, channel.contentTypeFor(message), parameter.type)
    const item = new Item(this.#listener, this.#plan.manualAck)
    const value = parameter.item === 'payload' ? payload : withItems(await withPayload(message, payload), [item])
    while (this.#underWay.size >= SENDS_UNDER_WAY_MAX) await Promise.race(this.#underWay)
    const unheard = frameworkErrors.RMQ_CHANNEL_UNHEARD({ channel: channel.name })
    if (this.#closed) throw requeueLater(CLOSING_DELAY_LEVEL, unheard)
    if (!subject.observed) throw unheard
    this.#open.add(item)
    this.#failure = undefined
    this.#itemsSinceSubscribed++
    const emission = new Emission()
    emission.run(() => subject.next(value))
    const failure = this.#failure as { readonly reason: unknown } | undefined
    if (failure !== undefined) item.nack(failure)
    if (item.held && this.#context.closing.aborted) this.#closing()
    return { item, emission }
  }

  /** A consumer that stops waits for the items that are open, so they must not wait for more to come. */
  #closing(): void {
    if (this.#closed || ![...this.#open].some((item) => item.held)) return
    this.#endInputs()
    const ended = this.#draining.then(() => Promise.all(this.#underWay))
    void withTimeout(this.#context.clock, ended, this.#context.endMs, () => []).then(() => {
      for (const item of this.#open) item.nack({ delayLevel: CLOSING_DELAY_LEVEL, reason: 'closing' })
    })
  }

  #endInputs(): void {
    this.#closed = true
    for (const subject of this.#subjects) subject.complete()
  }

  /** Items that a stream held which is no more; those whose work is over are settled when their results are stored. */
  #giveBackHeld(options: NackOptions): void {
    for (const item of this.#open) if (item.held && !item.finishing) item.nack(options)
  }

  #send(item: unknown, output: string): void {
    const { isTransportHeader } = this.#context
    const sent = sendResult(item, { output: this.#context.output(output), headers: undefined, isTransportHeader })
    const logged = sent.catch((failure: unknown) => {
      this.#context.logger.error(`${this.#listener}: a result could not be sent to "${output}": ${textOf(failure)}`)
    })
    this.#underWay.add(logged)
    void logged.finally(() => this.#underWay.delete(logged))
    currentEmission()?.add(sent)
    // The item's turn awaits `sent` when it caused it; a result that comes later has no item, and was logged above.
    sent.catch(() => undefined)
  }
}
