/** `receive-bodies --namesrv A --topic T --group G --expect N` */
import { setTimeout as wait } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import { openClient } from 'rocketstream/client'
import type { Args } from '../args.ts'
import { print } from '../out.ts'

export async function run(args: Args): Promise<boolean> {
  const expected = args.number('expect', 1)
  let received = 0
  await using client = await openClient({ nameServer: args.text('namesrv') })
  await client.pushConsumer({
    group: args.text('group'),
    from: 'first',
    subscriptions: [{ topic: args.text('topic') }],
    listener({ keys, body, sysFlag }) {
      print({ id: keys.join(' '), bytes: body.length, crc: crc32(body), compression: (sysFlag >> 8) & 7 })
      received++
    },
  })
  print({ ready: true })
  const untilMs = performance.now() + 60_000
  while (received < expected && performance.now() < untilMs) await wait(20)
  print({ done: { complete: received >= expected } })
  return received >= expected
}
