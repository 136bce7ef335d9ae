import { randomUUID } from 'node:crypto'
import { toError } from '../../base/errors/index.ts'
import type { Message } from '../channels/index.ts'

/**
 * A failure as a message: `payload` is what was thrown. Its headers are those of the message that failed, and the
 * {@link ERROR_HEADER}s. Spring: `ErrorMessage`.
 */
export interface ErrorMessage extends Message<Error> {
  /** The message that could not be handled, as it was received, or could not be sent, as it would have been. */
  readonly originalMessage: Message<Buffer>
}

/** Headers of an {@link ErrorMessage} beside those of the message that failed. */
export const ERROR_HEADER = {
  /** Name of the binding. */
  binding: 'errorBinding',
  /** Topic that the message came from or was to go to. */
  destination: 'errorDestination',
  /** Consumer group; only of failures on receiving. */
  group: 'errorGroup',
  /** Tries made in this process; only of failures on receiving. */
  attempts: 'errorAttempts',
} as const

/** Gets failures; throwing, or rejecting, makes the failure stand with what was thrown. */
export type ErrorHandler = (message: ErrorMessage) => unknown

/** The channel that sees the failures of all bindings. */
export const GLOBAL_ERROR_CHANNEL = 'errorChannel'

const SUFFIX = '.errors'

/** Whether a channel of this name can be one for failures. */
export function isErrorChannelName(name: string): boolean {
  return name === GLOBAL_ERROR_CHANNEL || name.endsWith(SUFFIX)
}

/** The channel for failures on receiving: `orders.billing.errors`. */
export function inputErrorChannel(destination: string, group: string): string {
  return `${destination}.${group}${SUFFIX}`
}

/** The channel for failures on sending: `invoices.errors`. */
export function outputErrorChannel(destination: string): string {
  return `${destination}${SUFFIX}`
}

/** What is known of a failure. */
export interface FailureFacts {
  readonly binding: string
  readonly destination: string
  readonly group?: string | undefined
  readonly attempts?: number | undefined
}

/** Makes the message that tells of a failure. */
export function errorMessage(failure: unknown, original: Message<Buffer>, facts: FailureFacts): ErrorMessage {
  const own = Object.entries(ERROR_HEADER).map(([fact, header]) => [header, facts[fact as keyof FailureFacts]] as const)
  return {
    payload: toError(failure),
    headers: {
      ...original.headers,
      id: original.headers['id'] ?? randomUUID(),
      ...Object.fromEntries(own.filter(([, value]) => value !== undefined)),
    },
    originalMessage: original,
  }
}

/**
 * The channels for failures. Each gives what is published to all its handlers, one after another; every failure is also
 * seen by the handlers of `errorChannel`. Spring: a `PublishSubscribeChannel` per binding, bridged to `errorChannel`.
 */
export class ErrorChannels {
  readonly #handlers = new Map<string, ErrorHandler[]>()
  readonly #published = new Set<string>([GLOBAL_ERROR_CHANNEL])

  /** Says that failures can be published there. */
  declare(name: string): void {
    this.#published.add(name)
  }

  /** All declared names. */
  get names(): readonly string[] {
    return [...this.#published]
  }

  /** Whether somebody handles what is published there; the handlers of `errorChannel` do not count for other names. */
  hears(name: string): boolean {
    return this.#handlers.has(name)
  }

  /** Adds a handler. */
  subscribe(name: string, handler: ErrorHandler): void {
    this.#handlers.set(name, [...(this.#handlers.get(name) ?? []), handler])
  }

  /**
   * Gives a failure to the handlers of a channel, then to those of `errorChannel`; rejects with what one of them
   * throws.
   */
  async publish(name: string, message: ErrorMessage): Promise<void> {
    for (const channel of [name, GLOBAL_ERROR_CHANNEL]) {
      for (const handler of this.#handlers.get(channel) ?? []) await handler(message)
    }
  }
}
