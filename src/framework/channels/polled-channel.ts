import type { PayloadSpec } from '../../../decorators/index.ts'
import { type Deferred, deferred } from '../../base/async/index.ts'
import type { BoundSource, PolledMessage } from '../binder/index.ts'
import { dispositionOf } from '../binder/index.ts'
import { contentTypeOf, convertPayload } from '../convert/index.ts'
import { frameworkErrors } from '../errors.ts'
import type { InboundChannelOptions } from './inbound-channel.ts'
import type { Message } from './message.ts'
import type { PollableMessageSource, PolledAcknowledgement, PolledHandler, Settlement } from './pollable.ts'

/** Tries some work as often as the binding says; rejects with the last failure. */
type Attempts = (work: () => Promise<void>, message: Message<Buffer>) => Promise<void>

/** The polled end of a binding: takes from the binder, converts, tries, acknowledges. */
export class PolledChannel implements PollableMessageSource {
  readonly name: string
  readonly #options: InboundChannelOptions
  #bound: { readonly source: BoundSource; readonly attempts: Attempts } | undefined
  #handling = 0
  #whenIdle: Deferred<void> | undefined

  constructor(options: InboundChannelOptions) {
    this.name = options.name
    this.#options = options
  }

  /** From now on messages come from this source. */
  attach(source: BoundSource, attempts: Attempts): void {
    this.#bound = { source, attempts }
  }

  /** Resolves when no handler runs. */
  async idle(): Promise<void> {
    if (this.#handling === 0) return
    this.#whenIdle ??= deferred()
    await this.#whenIdle.promise
  }

  async poll<Payload = unknown>(handler: PolledHandler<Payload>, type?: PayloadSpec): Promise<boolean> {
    const bound = this.#bound
    if (bound === undefined || bound.source.state === 'stopped') {
      const state = bound === undefined ? 'not started yet' : 'stopped'
      throw frameworkErrors.RMQ_SOURCE_CLOSED({ channel: this.name, state })
    }
    const polled = bound.source.state === 'paused' ? undefined : await bound.source.take()
    if (polled === undefined) return false
    this.#handling++
    try {
      await this.#handle(polled, handler as PolledHandler, type, bound)
    } finally {
      if (--this.#handling === 0) {
        this.#whenIdle?.resolve()
        this.#whenIdle = undefined
      }
    }
    return true
  }

  async #handle(
    polled: PolledMessage,
    handler: PolledHandler,
    type: PayloadSpec | undefined,
    { source, attempts }: { readonly source: BoundSource; readonly attempts: Attempts },
  ): Promise<void> {
    let byHand = false
    let settled = false
    const acknowledgement: PolledAcknowledgement = {
      noAutoAck: () => {
        byHand = true
      },
      get acknowledged() {
        return settled
      },
      acknowledge: async (how = 'accept') => {
        if (settled) throw frameworkErrors.RMQ_ACKNOWLEDGED_TWICE({ channel: this.name })
        settled = true
        await polled.acknowledge(how)
      },
    }
    try {
      const work = async (): Promise<void> =>
        void (await handler(await this.#convert(polled.message, type), acknowledgement))
      await attempts(work, polled.message)
    } catch (failure) {
      if (settled) return
      let how: Settlement = 'requeue'
      try {
        how = refusal(failure) ?? source.onFailure(polled.message)
      } finally {
        await acknowledgement.acknowledge(how)
      }
      return
    }
    if (!byHand && !settled) await acknowledgement.acknowledge('accept')
  }

  async #convert({ payload, headers }: Message<Buffer>, type: PayloadSpec | undefined): Promise<Message> {
    const { native, contentType } = this.#options
    const known = native ? 'application/octet-stream' : contentTypeOf(headers, contentType)
    return { payload: await convertPayload(payload, known, type), headers }
  }
}

/** What a failure itself asks for. */
function refusal(failure: unknown): Settlement | undefined {
  const { kind } = dispositionOf(failure)
  if (kind === 'dead-letter') return 'reject'
  return kind === 'later' ? 'requeue' : undefined
}
