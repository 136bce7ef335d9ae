import { textOf } from '../../base/errors/index.ts'
import type { Message } from '../../message/index.ts'
import { clientErrors } from '../errors.ts'
import type { SendResult } from './send-result.ts'
import { splitBatch } from './split-batch.ts'

/** How one part of a list is sent: several messages as one request, or one message. */
export interface PartSender {
  send(message: Message): Promise<SendResult>
  sendBatch(messages: readonly Message[]): Promise<SendResult>
}

/** Batches are cut at the first of the two: what a request may have, and where they stop to gain anything. */
const BATCH_BYTES_MAX = 1024 * 1024

/**
 * Sends a list in as few requests as possible, in its order within a topic; see `Producer.sendAll`.
 * Apache: `ProduceAccumulator` gives each message of a batch its result (5.3.3).
 */
export async function sendAll(
  messages: readonly Message[],
  maxMessageBytes: number,
  oneByOne: boolean,
  sender: PartSender,
): Promise<readonly SendResult[]> {
  const placeOf = new Map<Message, number[]>()
  for (const [at, message] of messages.entries()) {
    const places = placeOf.get(message)
    if (places === undefined) placeOf.set(message, [at])
    else places.push(at)
  }
  const results: (SendResult | undefined)[] = messages.map(() => undefined)
  const failures: unknown[] = []
  const sendPart = async (part: readonly Message[]): Promise<void> => {
    const places = part.map((message) => placeOf.get(message)?.shift() as number)
    try {
      const [only] = part
      const result = part.length === 1 && only !== undefined ? await sender.send(only) : await sender.sendBatch(part)
      for (const [at, place] of places.entries()) results[place] = resultOf(result, at, part.length)
    } catch (failure) {
      failures.push(failure)
    }
  }
  const parts = splitBatch(messages, Math.min(BATCH_BYTES_MAX, maxMessageBytes))
  if (oneByOne) for (const part of parts) await sendPart(part)
  else await Promise.all(parts.map(sendPart))
  if (failures.length === 0) return results as SendResult[]
  if (parts.length === 1) throw failures[0]
  const sent = results.filter((result) => result !== undefined).length
  throw clientErrors.RMQ_BATCH_PARTLY_SENT(
    { sent, count: messages.length, results, reason: textOf(failures[0]) },
    failures[0],
  )
}

/** The result of the n-th message of a batch. A batch that was stored as one record has one id for all. */
function resultOf(result: SendResult, at: number, count: number): SendResult {
  if (count === 1) return result
  const pick = (ids: string): string => {
    const list = ids.split(',')
    return list.length === count ? (list[at] as string) : ids
  }
  return {
    ...result,
    messageId: pick(result.messageId),
    offsetMessageId: pick(result.offsetMessageId),
    queueOffset: result.queueOffset + at,
  }
}
