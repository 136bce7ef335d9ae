/**
 * `send-bodies --namesrv A --topic T --prefix zlib|lz4|zstd --sizes a,b,c`: the prefix says how they are compressed.
 */
import { openClient, type ProducerOptions } from 'rocketstream/client'
import type { Args } from '../args.ts'
import { print } from '../out.ts'

export async function run(args: Args): Promise<boolean> {
  const topic = args.text('topic')
  const prefix = args.text('prefix')
  const sizes = args.text('sizes').split(',').map(Number)
  await using client = await openClient({ nameServer: args.text('namesrv') })
  const compression = prefix as ProducerOptions['compression']
  const producer = await client.producer({ group: 'send-bodies', compression })
  for (const size of sizes) await producer.send({ topic, body: bodyOf(size), keys: [`${prefix}-${size}`] })
  print({ done: { sent: sizes.length } })
  return true
}

/** The same bytes as in the Java driver of this name. */
function bodyOf(size: number): Buffer {
  const body = Buffer.alloc(size)
  for (let at = 0; at < size; at++) body[at] = 32 + ((at * 31 + Math.floor(at / 97)) % 64)
  return body
}
