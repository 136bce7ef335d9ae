import type { Logger } from '../base/log/index.ts'
import type { Message as ChannelMessage } from '../framework/index.ts'
import { hasSeparator, type Message, RESERVED_PROPERTIES } from '../message/index.ts'
import { binderErrors } from './errors.ts'
import { isTransportHeader } from './inbound-headers.ts'

type Headers = Readonly<Record<string, unknown>>

/** Headers that become fields of the message instead of properties; the first one present counts. */
const FIELDS = {
  tag: ['TAGS', 'ROCKET_TAGS'],
  keys: ['KEYS', 'ROCKET_KEYS'],
  delay: ['DELAY', 'ROCKET_DELAY'],
  flag: ['MQ_FLAG', 'FLAG', 'ROCKET_MQ_FLAG'],
  wait: ['WAIT', 'WAIT_STORE_MSG_OK'],
} as const
/** What the local part of a transaction is given, under the names of both generations; it stays in this process. */
export const TRANSACTION_ARGUMENT = ['TRANSACTIONAL_ARGS', 'TRANSACTIONAL_ARG'] as const
const FIELD_NAMES: ReadonlySet<string> = new Set([...Object.values(FIELDS).flat(), ...TRANSACTION_ARGUMENT])

const INT_MAX = 2_147_483_647

/** Turns channel messages into RocketMQ's; one per binding, since it says each ignored header once. */
export class OutboundMapper {
  readonly #topic: string
  readonly #logger: Logger
  readonly #said = new Set<string>()

  constructor(topic: string, logger: Logger) {
    this.#topic = topic
    this.#logger = logger
  }

  /**
   * Tags, keys, delay, flag and wait go to their fields; every other header becomes a property.
   * @throws RMQ_HEADER_ILLEGAL  a delay or flag that is no number, a name or value with a separator byte
   */
  map({ payload, headers }: ChannelMessage<Buffer>): Message {
    return {
      topic: this.#topic,
      body: payload,
      tag: text(first(headers, FIELDS.tag)),
      keys: text(first(headers, FIELDS.keys))
        ?.split(' ')
        .filter((key) => key !== ''),
      delayLevel: integer('DELAY', first(headers, FIELDS.delay), 0, INT_MAX) || undefined,
      flag: integer('FLAG', first(headers, FIELDS.flag), -INT_MAX - 1, INT_MAX),
      waitStoreOk: text(first(headers, FIELDS.wait)) !== 'false',
      properties: this.#properties(headers),
    }
  }

  #properties(headers: Headers): Record<string, string> {
    const properties: Record<string, string> = {}
    for (const name in headers) {
      if (FIELD_NAMES.has(name) || isTransportHeader(name)) continue
      if (RESERVED_PROPERTIES.has(name)) {
        this.#sayOnce(name)
        continue
      }
      const value = text(headers[name])
      if (value === undefined) continue
      if (hasSeparator(name) || hasSeparator(value)) {
        throw binderErrors.RMQ_HEADER_ILLEGAL({ header: name, value, expected: 'a text without the bytes 1 and 2' })
      }
      properties[name] = value
    }
    return properties
  }

  #sayOnce(name: string): void {
    if (this.#said.has(name)) return
    this.#said.add(name)
    this.#logger.warn(`header ${name} is RocketMQ's own name and is not sent`, { topic: this.#topic })
  }
}

function first(headers: Headers, names: readonly string[]): unknown {
  for (const name of names) if (headers[name] !== undefined && headers[name] !== null) return headers[name]
  return undefined
}

/** A header's value as a property; blank ones do not travel. */
function text(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  const written = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return written.trim() === '' ? undefined : written
}

function integer(header: string, value: unknown, minimum: number, maximum: number): number | undefined {
  const written = text(value)
  if (written === undefined) return undefined
  const number = Number(written)
  if (Number.isInteger(number) && number >= minimum && number <= maximum) return number
  throw binderErrors.RMQ_HEADER_ILLEGAL({
    header,
    value: written,
    expected: `a whole number from ${minimum} to ${maximum}`,
  })
}
