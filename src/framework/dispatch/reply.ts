import { concatMap, ignoreElements, isObservable, lastValueFrom } from 'rxjs'
import { HEADER, type Message, type MessageChannel, type MessageHeaders } from '../channels/index.ts'

/** Whether a value is a {@link Message}: exactly a payload and headers. */
export function isMessage(value: unknown): value is Message {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 2) return false
  return 'payload' in value && 'headers' in value && typeof value.headers === 'object' && value.headers !== null
}

/** What a listener's result may take from the message it answers. */
export interface ReplyContext {
  readonly output: MessageChannel
  /** Headers of the message; undefined: none are copied. */
  readonly headers: MessageHeaders | undefined
  /** Headers that tell of the transport and are not copied. */
  readonly isTransportHeader: (name: string) => boolean
  /**
   * True: each item of an array is a message of its own, as when it answers a batch, or a function gave it. Default
   * false.
   */
  readonly batch?: boolean
}

/** Headers that belong to one message only. */
const OWN_HEADERS: ReadonlySet<string> = new Set([HEADER.contentType, HEADER.id, HEADER.timestamp])

/**
 * Sends what a listener gave: nothing for `undefined` and `null`, every item of an Observable, every message of an
 * array of messages, else one message. Resolves when all are stored.
 */
export async function sendResult(result: unknown, context: ReplyContext): Promise<void> {
  if (isObservable(result)) {
    const sent = result.pipe(
      concatMap((item) => sendResult(item, context)),
      ignoreElements(),
    )
    await lastValueFrom(sent, { defaultValue: undefined })
    return
  }
  if (result === undefined || result === null) return
  if (Array.isArray(result) && (context.batch === true || (result.length > 0 && result.every(isMessage)))) {
    const given = result.filter((item) => item !== undefined && item !== null)
    if (given.length > 0) await context.output.sendAll(given.map((item: unknown) => messageOf(item, context)))
    return
  }
  await context.output.send(messageOf(result, context))
}

function messageOf(result: unknown, context: ReplyContext): Message {
  const message: Message = isMessage(result) ? result : { payload: result, headers: {} }
  return { payload: message.payload, headers: { ...copied(context), ...message.headers } }
}

function copied({ headers, isTransportHeader }: ReplyContext): MessageHeaders {
  if (headers === undefined) return {}
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !OWN_HEADERS.has(name) && !isTransportHeader(name)),
  )
}
