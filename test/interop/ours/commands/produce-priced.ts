/** `produce-priced --namesrv A --topic T [--from N] [--count N]`: the messages of `ProducePriced.java`. */
import { openClient } from 'rocketstream/client'
import type { Args } from '../args.ts'
import { print } from '../out.ts'

export async function run(args: Args): Promise<boolean> {
  const topic = args.text('topic')
  const from = args.number('from', 0)
  const count = args.number('count', 1)
  await using client = await openClient({ nameServer: args.text('namesrv') })
  const producer = await client.producer({ group: 'produce-priced' })
  for (let n = from; n < from + count; n++) {
    const properties: Record<string, string> = {
      price: n % 10 === 9 ? 'many' : `${n}`,
      shop: n % 2 === 0 ? 'north' : 'south',
    }
    if (n % 5 === 0) properties['note'] = `gift, it's no. ${n}`
    await producer.send({
      topic,
      tag: n % 3 === 0 ? 'third' : 'other',
      properties,
      body: Buffer.from(`m-${n}`.padEnd(64)),
    })
  }
  print({ done: { sent: count } })
  return true
}
