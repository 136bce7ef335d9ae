/** `send-all --namesrv A --topic T [--count N] [--size B] [--prefix P]`: one list, cut into batches by the client. */
import { openClient } from 'rocketstream/client'
import type { Args } from '../args.ts'
import { print } from '../out.ts'

export async function run(args: Args): Promise<boolean> {
  const topic = args.text('topic')
  const [prefix, size] = [args.text('prefix', 'm'), args.number('size', 64)]
  await using client = await openClient({ nameServer: args.text('namesrv') })
  const producer = await client.producer({ group: 'send-all' })
  const messages = Array.from({ length: args.number('count', 1) }, (_, n) => ({
    topic,
    body: Buffer.from(`${prefix}-${n} `.padEnd(size, 'x')),
  }))
  const results = await producer.sendAll(messages)
  const ids = new Set(results.map(({ messageId }) => messageId)).size
  const offsetIds = new Set(results.map(({ offsetMessageId }) => offsetMessageId)).size
  print({ done: { sent: results.length, failed: 0, ids, offsetIds } })
  return true
}
