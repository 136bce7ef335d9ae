import { type Deferred, deferred, withTimeout } from '../../base/async/index.ts'
import type { Clock } from '../../base/time/index.ts'
import type { Message, MessageHeaders } from '../channels/index.ts'
import { toBody } from '../convert/index.ts'
import { frameworkErrors } from '../errors.ts'
import type { BatchInboundHandler, BindingState, InboundHandler } from './binder.ts'

interface TestConsumer {
  readonly destinations: readonly string[]
  readonly group: string
  readonly handler: InboundHandler
  readonly batchHandler: BatchInboundHandler | undefined
  readonly state: () => BindingState
}

type OnRefused = (message: Message<Buffer>, destination: string, reason: unknown) => void

/** The application's inputs, seen from a test. */
export class InputDestination {
  readonly #onRefused: OnRefused
  readonly #underWay = new Map<InboundHandler, Set<Promise<void>>>()
  #consumers: readonly TestConsumer[] = []
  #turn = 0

  constructor(onRefused: OnRefused) {
    this.#onRefused = onRefused
  }

  /**
   * Delivers a payload with headers to every group that consumes the destination; within a group to one consumer.
   * Resolves when all have acknowledged or refused it; a refusal is in `TestBinder.refused`.
   *
   * @param destination  the topic; may be left out while there is only one
   * @throws RMQ_TEST_DESTINATION  nobody consumes it
   */
  async send(payload: unknown, destination?: string, headers: MessageHeaders = {}): Promise<void> {
    const target = this.#target(destination)
    await this.deliver(testMessage(payload, headers, target), target)
  }

  /**
   * As {@link send}, with several payloads: consumers in batch mode get them in one call, others one by one.
   *
   * @throws RMQ_TEST_DESTINATION  nobody consumes it
   */
  async sendBatch(
    payloads: readonly unknown[],
    destination?: string,
    headers: readonly MessageHeaders[] = [],
  ): Promise<void> {
    const target = this.#target(destination)
    const messages = payloads.map((payload, at) => testMessage(payload, headers[at] ?? {}, target))
    await this.#deliverAll(messages, target)
  }

  #target(destination: string | undefined): string {
    const known = [...new Set(this.#running().flatMap((consumer) => consumer.destinations))]
    const target = destination ?? (known.length === 1 ? known[0] : undefined)
    if (target === undefined || !known.includes(target))
      throw frameworkErrors.RMQ_TEST_DESTINATION({ destination: target ?? '(none given)', known })
    return target
  }

  /** Messages that were handed over and are neither done nor refused. */
  get underWay(): number {
    return [...this.#underWay.values()].reduce((sum, works) => sum + works.size, 0)
  }

  /** Whether a running consumer takes from this destination. */
  hears(destination: string): boolean {
    return this.#running().some((consumer) => consumer.destinations.includes(destination))
  }

  /** Delivers a finished message. */
  async deliver(message: Message<Buffer>, destination: string): Promise<void> {
    await this.#deliverAll([message], destination)
  }

  async #deliverAll(messages: readonly Message<Buffer>[], destination: string): Promise<void> {
    const groups = new Map<string, TestConsumer[]>()
    for (const consumer of this.#running()) {
      if (!consumer.destinations.includes(destination)) continue
      groups.set(consumer.group, [...(groups.get(consumer.group) ?? []), consumer])
    }
    const turn = this.#turn++
    await Promise.all(
      [...groups.values()].map(async (members) => {
        const member = members[turn % members.length]
        if (member !== undefined) await this.#hand(member, messages, destination)
      }),
    )
  }

  /** A consumer starts. */
  add(consumer: TestConsumer): void {
    this.#consumers = [...this.#consumers.filter(({ handler }) => handler !== consumer.handler), consumer]
  }

  /** A consumer stops; resolves when it has finished what it was handed. */
  async remove(handler: InboundHandler): Promise<void> {
    this.#consumers = this.#consumers.filter((consumer) => consumer.handler !== handler)
    await Promise.all(this.#underWay.get(handler) ?? [])
  }

  #running(): readonly TestConsumer[] {
    return this.#consumers.filter((consumer) => consumer.state() === 'running')
  }

  async #hand(
    { handler, batchHandler }: TestConsumer,
    messages: readonly Message<Buffer>[],
    destination: string,
  ): Promise<void> {
    const works =
      batchHandler === undefined
        ? messages.map((message) =>
            handler(message, destination).catch((reason: unknown) => this.#onRefused(message, destination, reason)),
          )
        : [
            batchHandler(messages).then((failures) => {
              for (const [at, reason] of failures) this.#onRefused(messages[at] as Message<Buffer>, destination, reason)
            }),
          ]
    const mine = this.#underWay.get(handler) ?? new Set()
    this.#underWay.set(handler, mine)
    for (const work of works) mine.add(work)
    await Promise.all(works)
    for (const work of works) mine.delete(work)
  }
}

function testMessage(payload: unknown, headers: MessageHeaders, destination: string): Message<Buffer> {
  const { body } = toBody(payload, String(headers['contentType'] ?? 'application/json'), destination)
  return { payload: body, headers }
}

interface Waiting {
  readonly destination: string | undefined
  readonly done: Deferred<Message<Buffer> | undefined>
}

/** The application's outputs, seen from a test. */
export class OutputDestination {
  readonly #clock: Clock
  #kept: readonly { readonly destination: string; readonly message: Message<Buffer> }[] = []
  #waiting: readonly Waiting[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Takes the oldest message that was sent; `undefined` when none came in time.
   *
   * @param timeoutMs  how long to wait; default 0, not at all
   * @param destination  the topic; default: any
   */
  async receive(timeoutMs = 0, destination?: string): Promise<Message<Buffer> | undefined> {
    const found = this.#kept.find((entry) => destination === undefined || entry.destination === destination)
    if (found !== undefined) {
      this.#kept = this.#kept.filter((entry) => entry !== found)
      return found.message
    }
    if (timeoutMs <= 0) return undefined
    const mine: Waiting = { destination, done: deferred<Message<Buffer> | undefined>() }
    this.#waiting = [...this.#waiting, mine]
    return withTimeout(this.#clock, mine.done.promise, timeoutMs, () => {
      this.#waiting = this.#waiting.filter((waiting) => waiting !== mine)
      return undefined
    })
  }

  /** Forgets what was sent, to one destination or to all. */
  clear(destination?: string): void {
    this.#kept = this.#kept.filter((entry) => destination !== undefined && entry.destination !== destination)
  }

  /** The application sent something. */
  add(message: Message<Buffer>, destination: string): void {
    const waiting = this.#waiting.find((one) => one.destination === undefined || one.destination === destination)
    if (waiting === undefined) {
      this.#kept = [...this.#kept, { destination, message }]
      return
    }
    this.#waiting = this.#waiting.filter((one) => one !== waiting)
    waiting.done.resolve(message)
  }
}
