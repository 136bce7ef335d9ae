/**
 * `produce --namesrv A --topic T [--count N] [--in-flight N] [--size B] [--prefix P] [--tags a,b] [--pause-ms ms] [--stream] [--delay-level L]`
 */
import { setTimeout as wait } from 'node:timers/promises'
import { openClient } from 'rocketstream/client'
import type { Args } from '../args.ts'
import { print } from '../out.ts'

export async function run(args: Args): Promise<boolean> {
  const topic = args.text('topic')
  const prefix = args.text('prefix', 'm')
  const size = args.number('size', 64)
  const pauseMs = args.number('pause-ms', 0)
  await using client = await openClient({ nameServer: args.text('namesrv') })
  const producer = await client.producer({ group: `${args.text('group', 'G')}-producer` })
  const tags = args.text('tags', '').split(',')
  const count = args.number('count', 1)
  let next = 0
  let sent = 0
  const errors: string[] = []
  print({ ready: true })
  const send = async (): Promise<void> => {
    for (let n = next++; n < count; n = next++) {
      const id = `${prefix}-${n}`
      try {
        const tag = tags[n % tags.length] || undefined
        const result = await producer.send({
          topic,
          tag,
          keys: [id],
          delayLevel: args.has('delay-level') ? args.number('delay-level', 1) : undefined,
          body: Buffer.from(id.padEnd(size)),
        })
        sent++
        if (args.has('stream')) print({ id, queueId: result.queue.queueId, queueOffset: result.queueOffset })
      } catch (failure) {
        errors.push(String(failure))
      }
      if (pauseMs > 0) await wait(pauseMs)
    }
  }
  await Promise.all(Array.from({ length: args.number('in-flight', 32) }, send))
  print({ done: { sent, failed: errors.length, statusNotOk: 0, firstError: errors[0] } })
  return errors.length === 0
}
