import { isObservable, type Observable, Subject } from 'rxjs'
import { deferred } from '../../base/async/index.ts'
import { textOf } from '../../base/errors/index.ts'
import type { ChannelSubscription, InboundChannel, Message } from '../channels/index.ts'
import { convertPayload } from '../convert/index.ts'
import { frameworkErrors } from '../errors.ts'
import { withPayload } from './arguments.ts'
import type { DispatchContext, LiveListener } from './message-listeners.ts'
import type { ParameterPlan } from './plan.ts'
import { sendResult } from './reply.ts'

/** Results that may wait for being stored before the stream takes no more items. */
const SENDS_UNDER_WAY_MAX = 64

/** What a running stream needs beside the context. */
export interface StreamContext extends DispatchContext {
  readonly input: (name: string) => InboundChannel
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
 * An item is done when the stream has taken it and everything the stream gave in that moment is stored; what comes later
 * (after `bufferTime`, say) is sent without holding the item. While {@link SENDS_UNDER_WAY_MAX} results wait, no item is taken,
 * so that a slow broker slows the input. An item at which the stream fails is given back, and the stream is subscribed anew.
 */
export function startStream({ plan, service }: LiveListener, context: StreamContext): LiveStream {
  const stream = new RunningStream(plan.listener, context)
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
  readonly #listener: string
  readonly #context: StreamContext
  readonly #subscriptions: ChannelSubscription[] = []
  readonly #subjects: Subject<unknown>[] = []
  readonly #underWay = new Set<Promise<void>>()
  /** What the item that is being taken has caused so far. */
  #caused: Promise<void>[] = []
  #failure: { readonly reason: unknown } | undefined
  #closed = false
  /** Settles when what the listener returned has ended. */
  #draining: Promise<void> = Promise.resolve()
  #itemsSinceSubscribed = 0

  constructor(listener: string, context: StreamContext) {
    this.#listener = listener
    this.#context = context
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
        if (again) this.drain(result, output)
        ended.resolve()
      },
      complete: () => {
        if (!this.#closed)
          this.#context.logger.warn(`${this.#listener}: the stream has ended; its input is given back from now on`)
        ended.resolve()
      },
    })
    this.#subscriptions.push(subscription)
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const subject of this.#subjects) subject.complete()
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
    const payload = await convertPayload(message.payload, channel.contentTypeFor(message), parameter.type)
    const item = parameter.item === 'payload' ? payload : await withPayload(message, payload)
    while (this.#underWay.size >= SENDS_UNDER_WAY_MAX) await Promise.race(this.#underWay)
    // From here to the copy of what was caused nothing else runs, so that the sends belong to this item.
    this.#caused = []
    this.#failure = undefined
    if (!subject.observed) throw frameworkErrors.RMQ_CHANNEL_UNHEARD({ channel: channel.name })
    this.#itemsSinceSubscribed++
    subject.next(item)
    const caused = this.#caused
    const failure = this.#failure as { readonly reason: unknown } | undefined
    if (failure !== undefined)
      throw frameworkErrors.RMQ_STREAM_FAILED(
        { listener: this.#listener, reason: textOf(failure.reason) },
        failure.reason,
      )
    await Promise.all(caused)
  }

  #send(item: unknown, output: string): void {
    const { isTransportHeader } = this.#context
    const sent = sendResult(item, { output: this.#context.output(output), headers: undefined, isTransportHeader })
    const logged = sent.catch((failure: unknown) => {
      this.#context.logger.error(`${this.#listener}: a result could not be sent to "${output}": ${textOf(failure)}`)
    })
    this.#underWay.add(logged)
    void logged.finally(() => this.#underWay.delete(logged))
    this.#caused.push(sent)
    // The item's turn awaits `sent` when it caused it; a result that comes later has no item, and was logged above.
    sent.catch(() => undefined)
  }
}
