/**
 * Our client as a program of its own, with the commands and lines of the Java driver (`test/interop/java/Judge.java`), so that a
 * test can mix both in one group and kill either:
 *
 *   produce --namesrv A --topic T [--count N] [--in-flight N] [--size B] [--prefix P] [--tags a,b] [--pause-ms ms] [--stream]
 *   consume --namesrv A --topic T --group G [--sub "a || b"] [--expect N] [--idle-ms ms] [--timeout-ms ms] [--fail-first N]
 */
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { openClient } from 'rocketstream/client'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    namesrv: { type: 'string', default: '127.0.0.1:9876' },
    topic: { type: 'string', default: 'T' },
    group: { type: 'string', default: 'G' },
    count: { type: 'string', default: '1' },
    'in-flight': { type: 'string', default: '32' },
    size: { type: 'string', default: '64' },
    prefix: { type: 'string', default: 'm' },
    tags: { type: 'string', default: '' },
    'pause-ms': { type: 'string', default: '0' },
    stream: { type: 'boolean', default: false },
    sub: { type: 'string', default: '*' },
    expect: { type: 'string', default: 'Infinity' },
    'idle-ms': { type: 'string', default: '1000' },
    'timeout-ms': { type: 'string', default: '120000' },
    'fail-first': { type: 'string', default: '0' },
  },
})
const number = (
  name: 'count' | 'in-flight' | 'size' | 'pause-ms' | 'expect' | 'idle-ms' | 'timeout-ms' | 'fail-first',
) => Number(values[name])

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

async function produce(): Promise<boolean> {
  await using client = await openClient({ nameServer: values.namesrv })
  const producer = await client.producer({ group: `${values.group}-producer` })
  const tags = values.tags.split(',')
  const count = number('count')
  let next = 0
  let sent = 0
  const errors: string[] = []
  print({ ready: true })
  const send = async (): Promise<void> => {
    for (let n = next++; n < count; n = next++) {
      const id = `${values.prefix}-${n}`
      try {
        const tag = tags[n % tags.length] || undefined
        const result = await producer.send({
          topic: values.topic,
          tag,
          keys: [id],
          body: Buffer.from(id.padEnd(number('size'))),
        })
        sent++
        if (values.stream) print({ id, queueId: result.queue.queueId, queueOffset: result.queueOffset })
      } catch (failure) {
        errors.push(String(failure))
      }
      if (number('pause-ms') > 0) await wait(number('pause-ms'))
    }
  }
  await Promise.all(Array.from({ length: number('in-flight') }, send))
  print({ done: { sent, failed: errors.length, statusNotOk: 0, firstError: errors[0] } })
  return errors.length === 0
}

async function consume(): Promise<boolean> {
  await using client = await openClient({ nameServer: values.namesrv })
  const seen = new Set<string>()
  const refused = new Set<string>()
  let received = 0
  let duplicates = 0
  let failuresLeft = number('fail-first')
  let lastMs = performance.now()
  let stopped = false
  process.once('SIGTERM', () => {
    stopped = true
  })
  const consumer = await client.pushConsumer({
    group: values.group,
    subscriptions: [{ topic: values.topic, expression: values.sub }],
    listener(message) {
      const id = message.body.toString().trimEnd()
      const refuse = message.reconsumeTimes === 0 && (refused.has(id) || failuresLeft-- > 0)
      received++
      lastMs = performance.now()
      if (refuse) refused.add(id)
      else if (seen.has(id)) duplicates++
      else seen.add(id)
      const { queueId, queueOffset, reconsumeTimes, topic, tag, keys } = message
      print({
        id,
        topic,
        queueId,
        queueOffset,
        reconsumeTimes,
        tags: tag,
        keys: keys.join(' '),
        ...(refuse ? { refused: true } : {}),
      })
      if (refuse) throw new Error('refused by the test')
    },
  })
  print({ ready: true })
  const untilMs = performance.now() + number('timeout-ms')
  const complete = (): boolean => seen.size >= number('expect')
  while (!stopped && performance.now() < untilMs) {
    if (complete() && performance.now() - lastMs >= number('idle-ms')) break
    await wait(20)
  }
  await consumer[Symbol.asyncDispose]()
  print({
    done: {
      received,
      unique: seen.size,
      duplicates,
      refused: refused.size,
      complete: complete(),
      stoppedBySignal: stopped,
    },
  })
  return complete() || stopped
}

const commands = new Map([
  ['produce', produce],
  ['consume', consume],
])
const command = commands.get(positionals[0] ?? '')
if (command === undefined) throw new Error(`Write one of ${[...commands.keys()].join(', ')}.`)
process.exitCode = (await command()) ? 0 : 1
