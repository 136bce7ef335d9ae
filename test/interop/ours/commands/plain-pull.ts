/** `plain-pull --namesrv A --topic T --group G`: as `test/interop/java/PlainPull.java` */
import { openClient, type PullConsumer, type PullResult } from 'rocketstream/client'
import type { Args } from '../args.ts'
import { print } from '../out.ts'

export async function run(args: Args): Promise<boolean> {
  await using client = await openClient({ nameServer: args.text('namesrv') })
  const group = args.text('group')
  const consumer = await client.pullConsumer({ group })
  print({ ready: true })
  print({ done: { ends: (await ends(consumer, args.text('topic'), group)).join('; ') } })
  return true
}

async function ends(consumer: PullConsumer, topic: string, group: string): Promise<string[]> {
  const queues = await consumer.queuesOf(topic)
  const offsets = await Promise.all(queues.map((queue) => consumer.maxOffset(queue)))
  const queue = queues[offsets.findIndex((max) => max >= 2)]
  if (queue === undefined) throw new Error('No queue has two messages.')
  const max = await consumer.maxOffset(queue)
  const end = ({ status, messages, nextOffset }: PullResult): string =>
    `${status}${messages.length === max ? ' all' : ` ${messages.length}`} next ${nextOffset === max ? 'max' : nextOffset}`
  const lines = [
    `all ${end(await consumer.pull(queue, '*', 0, 32))}`,
    `one ${end(await consumer.pull(queue, '*', 1, 1))}`,
    `tag ${end(await consumer.pull(queue, 'no-such-tag', 0, 32))}`,
    `end ${end(await consumer.pull(queue, '*', max, 32))}`,
    `beyond ${end(await consumer.pull(queue, '*', max + 7, 32))}`,
    `never ${(await consumer.fetchConsumeOffset(queue)) ?? -1}`,
  ]
  await consumer.updateConsumeOffset(queue, 1)
  lines.push(`recorded ${await consumer.fetchConsumeOffset(queue)}`)
  const late = (await consumer.searchOffset(queue, Date.now() + 60_000)) - max
  lines.push(`search ${await consumer.searchOffset(queue, 0)} ${late}`)
  const [message] = (await consumer.pull(queue, '*', 0, 1)).messages
  if (message === undefined) throw new Error('The queue lost its first message.')
  await consumer.sendMessageBack(message, -1)
  const [dead] = await consumer.queuesOf(`%DLQ%${group}`)
  if (dead === undefined) throw new Error('There are no dead letters.')
  // Apache makes a stored message readable a moment later.
  const [buried] = (await consumer.pullBlockIfNotFound(dead, '*', 0, 1)).messages
  lines.push(`buried ${buried?.body.equals(message.body) === true} ${buried?.reconsumeTimes}`)
  return lines
}
