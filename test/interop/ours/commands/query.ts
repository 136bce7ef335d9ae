/** `query --namesrv A --topic T (--key K | --unique ID | --offset-id ID) [--max N] [--begin ms] [--end ms]` */
import { openClient } from 'rocketstream/client'
import type { Args } from '../args.ts'
import { print } from '../out.ts'

export async function run(args: Args): Promise<boolean> {
  await using client = await openClient({ nameServer: args.text('namesrv') })
  const topic = args.text('topic')
  const find = async () => {
    if (args.has('offset-id')) {
      const message = await client.viewMessage(args.text('offset-id'))
      return message === undefined ? [] : [message]
    }
    if (args.has('unique')) return client.queryByUniqueKey(topic, args.text('unique'))
    const options = {
      max: args.number('max', 64),
      begin: args.number('begin', 0),
      end: args.number('end', Number.MAX_SAFE_INTEGER),
    }
    return client.queryMessages(topic, args.text('key'), options)
  }
  const found = await find()
  for (const message of found) {
    const keys = message.keys.length === 0 ? undefined : message.keys.join(' ')
    print({ body: message.body.toString().split(' ')[0], keys, msgId: message.messageId, topic: message.topic })
  }
  print({ done: { found: found.length } })
  return true
}
