/** `consume-sql --namesrv A --topic T --group G --sql S [--expect N --then S] [--timeout-ms ms]`; ends on SIGTERM. */
import { setTimeout as wait } from 'node:timers/promises'
import { openClient } from 'rocketstream/client'
import type { Args } from '../args.ts'
import { print } from '../out.ts'

export async function run(args: Args): Promise<boolean> {
  await using client = await openClient({ nameServer: args.text('namesrv') })
  const topic = args.text('topic')
  const seen = new Set<string>()
  let stopped = false
  process.once('SIGTERM', () => {
    stopped = true
  })
  const options = {
    group: args.text('group'),
    from: 'first' as const,
    subscriptions: [{ topic, expression: { sql: args.text('sql') } }],
    listener({ body, queueId, queueOffset }: { body: Buffer; queueId: number; queueOffset: number }): void {
      const id = body.toString().split(' ')[0] ?? ''
      seen.add(id)
      print({ id, queueId, queueOffset })
    },
  }
  try {
    const consumer = await client.pushConsumer(options)
    print({ ready: true })
    const untilMs = performance.now() + args.number('timeout-ms', 120_000)
    let changed = !args.has('then')
    while (!stopped && performance.now() < untilMs) {
      await wait(20)
      if (changed || seen.size < args.number('expect', Number.POSITIVE_INFINITY)) continue
      changed = true
      await consumer.subscribe(topic, { sql: args.text('then') })
      print({ changed: true })
    }
    await consumer[Symbol.asyncDispose]()
    print({ done: { unique: seen.size } })
  } catch (failure) {
    const { responseCode, remark } = detailsOf(failure)
    if (responseCode === undefined) throw failure
    print({ done: { code: responseCode, remark } })
  }
  return true
}

/** What the broker said, behind our own words. */
function detailsOf(failure: unknown): { readonly responseCode?: number; readonly remark?: string } {
  const cause = failure instanceof Error ? failure.cause : undefined
  return (cause as { readonly details?: object } | undefined)?.details ?? {}
}
