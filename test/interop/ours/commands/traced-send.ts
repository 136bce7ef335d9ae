/**
 * `traced-send --namesrv A --topic T --group G [--trace-topic X]`: a plain message with tag and keys, then a delayed
 * one.
 */
import { openClient, type SendResult } from 'rocketstream/client'
import type { Args } from '../args.ts'
import { print } from '../out.ts'

export async function run(args: Args): Promise<boolean> {
  const trace = args.has('trace-topic') ? { topic: args.text('trace-topic') } : true
  await using client = await openClient({ nameServer: args.text('namesrv'), trace })
  const producer = await client.producer({ group: args.text('group') })
  const topic = args.text('topic')
  const report = (id: string, { messageId, offsetMessageId }: SendResult): void =>
    print({ id, msgId: messageId, offsetMsgId: offsetMessageId })
  report('plain', await producer.send({ topic, tag: 'vip', keys: ['k1', 'k2'], body: Buffer.from('größe') }))
  report('delayed', await producer.send({ topic, body: Buffer.from('late'), delayLevel: 1 }))
  await producer[Symbol.asyncDispose]()
  print({ done: { sent: 2 } })
  return true
}
