/** `broadcast --namesrv A --topic T --group G --offsets DIR --client-ip IP --instance I [--refuse n] [--expect N] …` */
import { openClient } from 'rocketstream/client'
import type { Args } from '../args.ts'
import { print } from '../out.ts'
import { Tally } from '../tally.ts'

export async function run(args: Args): Promise<boolean> {
  const tally = new Tally(args)
  await using client = await openClient({
    nameServer: args.text('namesrv'),
    clientIp: args.text('client-ip'),
    instanceName: args.text('instance'),
    offsetsDirectory: args.text('offsets'),
  })
  const consumer = await client.pushConsumer({
    group: args.text('group'),
    model: 'broadcasting',
    from: 'first',
    subscriptions: [{ topic: args.text('topic') }],
    listener(message) {
      if (tally.add(message).endsWith(`-${args.text('refuse', '-1')}`)) throw new Error('refused by the test')
    },
  })
  print({ ready: true })
  await tally.wait()
  await consumer[Symbol.asyncDispose]()
  return tally.end()
}
