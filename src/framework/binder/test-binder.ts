import { randomUUID } from 'node:crypto'
import { defineConfig } from '../../base/config/index.ts'
import { type Clock, systemClock } from '../../base/time/index.ts'
import type { Message, MessageHeaders, SendReceipt, TransactionReceipt, TransactionState } from '../channels/index.ts'
import { frameworkErrors } from '../errors.ts'
import type {
  Binder,
  BinderTables,
  BinderType,
  BindingState,
  BoundConsumer,
  BoundProducer,
  ConsumerRequest,
  ProducerRequest,
} from './binder.ts'
import { type Disposition, dispositionOf } from './disposition.ts'
import { InputDestination, OutputDestination } from './test-destinations.ts'
import { testSource } from './test-source.ts'

/** A message that a consumer gave back. */
export interface RefusedMessage {
  readonly message: Message<Buffer>
  readonly destination: string
  readonly reason: unknown
  readonly disposition: Disposition
}

/** Options of {@link TestBinder}. */
export interface TestBinderOptions {
  /** True: what is sent to a destination is also delivered to those who consume it. Default false. */
  readonly loopback?: boolean
  /** For the time limits of `output.receive`. Default: the machine's. */
  readonly clock?: Clock
}

const noSettings = defineConfig({})

/**
 * A binder in memory, for tests without a broker: the application runs as always, conversion, conditions and retry
 * included.
 *
 * ```ts
 * const binder = new TestBinder()
 * await using app = await StreamApplication.run(OrderService, { binder })
 * await binder.input.send({ id: 7 }, 'orders')
 * const sent = await binder.output.receive(1000, 'invoices')
 * ```
 */
export class TestBinder implements BinderType {
  readonly name = 'test'
  readonly tables: BinderTables<object, object, object> = {
    binder: noSettings,
    consumer: noSettings,
    producer: noSettings,
  }
  /** Sends to the application. */
  readonly input: InputDestination
  /** Receives what the application sent. */
  readonly output: OutputDestination
  readonly #loopback: boolean
  readonly #refused: RefusedMessage[] = []
  #failures: unknown[] = []

  constructor(options: TestBinderOptions = {}) {
    this.#loopback = options.loopback ?? false
    this.input = new InputDestination((message, destination, reason) => {
      this.#refused.push({ message, destination, reason, disposition: dispositionOf(reason) })
    })
    this.output = new OutputDestination(options.clock ?? systemClock)
  }

  /** Messages that consumers gave back after their retries, oldest first. */
  get refused(): readonly RefusedMessage[] {
    return this.#refused
  }

  /** Why the last refused message was refused. */
  get lastError(): unknown {
    return this.#refused.at(-1)?.reason
  }

  /** Lets the next send of the application fail; several calls queue up. */
  failNext(reason?: unknown): void {
    this.#failures.push(reason)
  }

  async open(): Promise<Binder> {
    return {
      bindConsumer: async (request) => this.#consumer(request),
      bindSource: async (request) =>
        testSource(request, this.input, (message, destination) => {
          const reason = frameworkErrors.RMQ_MESSAGE_REJECTED({ reason: 'a polled message was rejected' })
          this.#refused.push({ message, destination, reason, disposition: { kind: 'dead-letter' } })
        }),
      bindProducer: async (request) => this.#producer(request),
      [Symbol.asyncDispose]: async () => undefined,
    }
  }

  #consumer(request: ConsumerRequest): BoundConsumer {
    let state: BindingState = 'stopped'
    const group = request.group ?? 'anonymous'
    const stop = async (): Promise<void> => {
      state = 'stopped'
      await this.input.remove(request.handler)
    }
    return {
      get state() {
        return state
      },
      group,
      policy: '1 delivery, then kept in memory',
      start: async () => {
        state = 'running'
        const { destinations, handler, batchHandler } = request
        this.input.add({ destinations, group, handler, batchHandler, state: () => state })
      },
      stop,
      pause: async () => {
        if (state === 'running') state = 'paused'
      },
      resume: async () => {
        if (state === 'paused') state = 'running'
      },
      [Symbol.asyncDispose]: stop,
    }
  }

  #producer({ destination, properties }: ProducerRequest): BoundProducer {
    let state: BindingState = 'stopped'
    const stop = async (): Promise<void> => {
      state = 'stopped'
    }
    return {
      get state() {
        return state
      },
      policy: 'kept in memory',
      partitionCount: () => properties.partitionCount,
      start: async () => {
        state = 'running'
      },
      stop,
      send: async (message) => this.#send(message, destination),
      sendInTransaction: async (message, work) => this.#sendInTransaction(message, work, destination),
      [Symbol.asyncDispose]: stop,
    }
  }

  /** Delivered when the work answers so; nobody asks about a transaction that is left open. */
  async #sendInTransaction(
    message: Message<Buffer>,
    work: (headers: MessageHeaders) => Promise<TransactionState>,
    destination: string,
  ): Promise<TransactionReceipt> {
    this.#failIfTold(destination)
    const receipt = { messageId: randomUUID(), destination, details: {} }
    try {
      const state = await work(message.headers)
      if (state === 'commit') this.#deliver(message, destination)
      return { ...receipt, state }
    } catch (failure) {
      return { ...receipt, state: 'unknown', failure }
    }
  }

  async #send(message: Message<Buffer>, destination: string): Promise<SendReceipt> {
    this.#failIfTold(destination)
    this.#deliver(message, destination)
    return { messageId: randomUUID(), destination, details: {} }
  }

  #failIfTold(destination: string): void {
    if (this.#failures.length === 0) return
    const reason = this.#failures.shift()
    throw reason ?? frameworkErrors.RMQ_TEST_SEND({ destination })
  }

  #deliver(message: Message<Buffer>, destination: string): void {
    this.output.add(message, destination)
    if (this.#loopback && this.input.hears(destination)) void this.input.deliver(message, destination)
  }
}
