import { encodeProperties, isLightName, PROPERTY, withoutPropertyCrc } from '../../src/message/index.ts'
import type { AppendBatchPart, AppendMessage, MessageStore } from '../../src/store/index.ts'
import { message, read } from './store.ts'

/**
 * The checker of every test that stops a store the hard way. Messages are made by {@link messageOf}: their body says
 * which number they have and how long they are, and everything else follows from that, so that whatever is found can be
 * judged without knowing who sent it.
 */

/**
 * Body of the message with this number; `bytes` make it longer. `lights`: letters of
 * {@link lightTopicsOf light queues}.
 */
export function bodyOf(number: number | string, bytes: number, lights = ''): string {
  return `${number}${lights === '' ? '' : '~'}${lights}:${'x'.repeat(bytes)}`
}

/** The light queues that the message with that body is in as well. */
export function lightTopicsOf(body: string): string[] {
  const [, lights = ''] = /^\d+~(\w+):/.exec(body) ?? []
  return [...lights].map((letter) => `%LMQ%${letter}`)
}

/** A message with that body, a key of its own, one that all share, a tag, and properties of very different lengths. */
export function messageOf(body: string, topic: string, queueId: number): AppendMessage {
  return message(body, { topic, queueId, properties: propertiesOf(body) })
}

/** The same as a part of a batch. */
export function partOf(body: string): AppendBatchPart {
  return { flag: 0, body: Buffer.from(body), properties: Buffer.from(propertiesOf(body)) }
}

/** The key that only the message with this body has. */
export function keyOf(body: string): string {
  return body.slice(0, body.indexOf(':'))
}

/** One message whose append was answered with `ok`. */
export interface Acknowledged {
  readonly topic: string
  readonly queueId: number
  readonly offset: number
  readonly body: string
}

/** What {@link checkAcknowledged} found. */
export interface CheckedMessages {
  /** `topic/queueId` → bodies by their offsets; `undefined` for those that have left the store. */
  readonly found: ReadonlyMap<string, readonly (string | undefined)[]>
  /** One sentence each. */
  readonly problems: readonly string[]
}

const ALL = { maxMessages: 64, maxBytes: 1_000_000, begin: 0, end: Number.MAX_SAFE_INTEGER }

/**
 * Reads all of an open store: every queue begins at 0 as long as the log does, and has no gap, every message is as it
 * was sent, is there once and is found by its key, and those that were acknowledged lie where the answer said. What was
 * never answered may be there or not.
 */
export async function checkAcknowledged(
  store: MessageStore,
  acknowledged: Iterable<Acknowledged> = [],
): Promise<CheckedMessages> {
  const problems: string[] = []
  const found = new Map<string, readonly (string | undefined)[]>()
  const seen = new Map<string, string>()
  for (const [topic, queueIds] of store.queues()) {
    for (const queueId of queueIds) {
      const name = `${topic}/${queueId}`
      const bodies = await readQueue(store, topic, queueId, problems)
      found.set(name, bodies)
      // What is in a light queue is in one of its own, and judged there.
      if (isLightName(topic)) continue
      for (const [offset, body] of bodies.entries()) {
        if (body === undefined) continue
        const before = seen.get(keyOf(body))
        if (before !== undefined) problems.push(`${keyOf(body)} is there twice: at ${before} and at ${name} ${offset}`)
        seen.set(keyOf(body), `${name} ${offset}`)
        await checkKey(store, topic, body, problems)
      }
    }
  }
  for (const { topic, queueId, offset, body } of acknowledged) {
    const there = found.get(`${topic}/${queueId}`)?.[offset]
    if (there === body) continue
    const instead = there === undefined ? 'nothing' : keyOf(there)
    problems.push(`${topic}/${queueId} ${offset}: ${keyOf(body)} was acknowledged, but there is ${instead}`)
  }
  return { found, problems }
}

async function readQueue(
  store: MessageStore,
  topic: string,
  queueId: number,
  problems: string[],
): Promise<(string | undefined)[]> {
  const name = `${topic}/${queueId}`
  const begin = store.minOffset(topic, queueId)
  const end = store.maxOffset(topic, queueId)
  if (begin !== 0 && store.minPhysicalOffset === 0) problems.push(`${name} begins at ${begin}, the log at 0`)
  const bodies: (string | undefined)[] = Array.from({ length: begin })
  while (bodies.length < end) {
    const { result, messages } = await read(store, bodies.length, {}, topic, queueId)
    for (const each of messages) {
      const body = each.body.toString()
      const isOwn = each.topic === topic && each.queueId === queueId && each.queueOffset === bodies.length
      const isRight = isOwn || lightTopicsOf(body).includes(topic)
      if (!isRight) problems.push(`${name} ${bodies.length} has ${each.topic}/${each.queueId} ${each.queueOffset}`)
      const { [PROPERTY.innerMultiQueueOffset]: _, ...own } = each.properties
      const properties = withoutPropertyCrc(encodeProperties(own))
      if (properties !== propertiesOf(body)) problems.push(`${keyOf(body)} has other properties`)
      bodies.push(body)
    }
    if (messages.length > 0) continue
    problems.push(`${name} ${bodies.length} of ${end} cannot be read: ${result.status}`)
    break
  }
  return bodies
}

async function checkKey(store: MessageStore, topic: string, body: string, problems: string[]): Promise<void> {
  const { records } = await store.recordsByKey(topic, keyOf(body), ALL)
  const matches = records.filter((record) => record.includes(body))
  if (matches.length !== 1) problems.push(`${keyOf(body)} of ${topic} is found ${matches.length} times by its key`)
}

function propertiesOf(body: string): string {
  const properties: Record<string, string> = { TAGS: 'x', KEYS: `${keyOf(body)} common` }
  // Every third one is long enough to lie across sectors.
  if (body.length % 3 === 0) properties['pad'] = 'p'.repeat((body.length * 7) % 1100)
  const lights = lightTopicsOf(body)
  if (lights.length > 0) properties[PROPERTY.innerMultiDispatch] = lights.join(',')
  return encodeProperties(properties)
}
