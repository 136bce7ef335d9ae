/** `produce-keyed --namesrv A --topic T [--queues N] [--keys K] [--count N] [--threads N] [--size B]`, as Java's. */
import { openClient, queueByHash } from 'rocketstream/client'
import type { Args } from '../args.ts'
import { print } from '../out.ts'

export async function run(args: Args): Promise<boolean> {
  const topic = args.text('topic')
  const keys = args.number('keys', 1)
  const perKey = Math.floor(args.number('count', keys) / keys)
  const senders = Math.min(args.number('threads', 4), keys)
  const size = args.number('size', 32)
  await using client = await openClient({ nameServer: args.text('namesrv') })
  const producer = await client.producer({
    group: `${args.text('group', 'keyed')}-producer`,
    defaultTopicQueues: args.number('queues', 4),
  })
  const queues: Record<string, number> = {}
  let sent = 0
  let failed = 0
  print({ ready: true })
  const send = async (first: number): Promise<void> => {
    for (let number = 0; number < perKey; number++) {
      for (let k = first; k < keys; k += senders) {
        const key = `k${k}`
        try {
          const body = Buffer.from(`${key}:${number} `.padEnd(size, 'x'))
          const result = await producer.send({ topic, body }, { queue: queueByHash(key) })
          queues[key] = result.queue.queueId
          sent++
        } catch {
          failed++
        }
      }
    }
  }
  await Promise.all(Array.from({ length: senders }, (_, first) => send(first)))
  print({ done: { sent, failed, queues } })
  return failed === 0
}
