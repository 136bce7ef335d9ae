import type { Client } from '../../src/client/index.ts'
import type { MessageQueue } from '../../src/message/index.ts'
import { freshName } from './cluster.ts'

/** Sends texts to a topic, one after the other, to one queue if it is given; a text `tag:body` has a tag. */
export async function sendTexts(
  client: Client,
  topic: string,
  texts: readonly string[],
  queue?: (queues: readonly MessageQueue[]) => MessageQueue,
): Promise<void> {
  await using producer = await client.producer({ group: freshName('P') })
  for (const text of texts) {
    const [body, tag] = text.split(':').reverse() as [string, string | undefined]
    await producer.send({ topic, body: Buffer.from(body), tag }, queue === undefined ? {} : { queue })
  }
}

/** `count` texts: `0`, `1`, … */
export function numbered(count: number, prefix = ''): readonly string[] {
  return Array.from({ length: count }, (_, at) => `${prefix}${at}`)
}
