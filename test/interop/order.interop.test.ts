import fc from 'fast-check'
import { expect, test } from 'vitest'
import { queueByHash } from '../../src/client/index.ts'
import { type OrderedCall, type OrderWanted, orderProblems } from '../kit/order-check.ts'
import { callsOf, fourWays, type JavaReady, type Judge, judge, LIVELY, type Way } from './kit/index.ts'

// Order in one queue and in several, what is refused for good, and which queue a key chooses.

const ways = await fourWays()

/** Messages that were taken. */
function takenOf(members: readonly Judge[]): Set<string> {
  return new Set(callsOf(members).flatMap(({ ok, key, number }) => (ok ? [`${key}:${number}`] : [])))
}

async function end(members: readonly Judge[]): Promise<void> {
  for (const member of members) member.kill('SIGTERM')
  await Promise.all(members.map((member) => member.done))
}

/** Java's client throws the result of a call away that runs while its queue goes to another member; ours does not. */
function wanted(way: Way, keys: number, perKey: number): OrderWanted {
  const numbers = new Map(Array.from({ length: keys }, (_, k) => [`k${k}`, perKey]))
  return { numbers, mayRepeat: (call, before) => way.clients !== 'ours' && call.member !== before.member }
}

/**
 * How many messages were refused, each counted once: who gets a queue from another member does not know what that
 * refused.
 */
function refusedOf(calls: readonly OrderedCall[]): number {
  return new Set(calls.flatMap(({ ok, key, number }) => (ok ? [] : [`${key}:${number}`]))).size
}

/** Starts members one by one, so that each gets its share before anything is sent. */
async function startMembers(way: Way, count: number, args: readonly string[]): Promise<Judge[]> {
  const members: Judge[] = []
  for (let n = 0; n < count; n++) members.push(way.consumer(['consume-orderly', ...args, '--stream'], n, LIVELY))
  await Promise.all(members.map((member) => member.ready))
  return members
}

ways.scenario(
  'all messages of one queue come in order, some after a refusal',
  async (way) => {
    const where = ['--topic', `Global-${way.name}`]
    const sent = await way.producer(['produce-keyed', ...where, '--queues', '1', '--keys', '1', '--count', '200']).done
    const members = await startMembers(way, 2, [...where, '--group', way.name, '--fail-every', '40'])
    await expect.poll(() => takenOf(members).size, { timeout: 60_000 }).toBe(200)
    await end(members)
    const calls = callsOf(members)
    expect(orderProblems(calls, wanted(way, 1, 200))).toEqual([])
    return { queues: sent['queues'], refused: refusedOf(calls) }
  },
  { clients: ['java', 'ours'] },
)

ways.scenario(
  'messages of a key come in order, whoever of the group has its queue',
  async (way) => {
    const where = ['--topic', `PerKey-${way.name}`]
    const produce = (count: number): Judge =>
      way.producer(['produce-keyed', ...where, '--queues', '8', '--keys', '16', '--count', `${count}`])
    const members = await startMembers(way, 3, [...where, '--group', way.name, '--work-ms', '1', '--fail-every', '10'])
    const sent = await produce(640).done
    await expect.poll(() => takenOf(members).size, { timeout: 60_000 }).toBe(640)
    await end(members)
    const calls = callsOf(members)
    expect(orderProblems(calls, wanted(way, 16, 40))).toEqual([])
    return { sent: sent['sent'], queues: sent['queues'], refused: refusedOf(calls) }
  },
  { clients: ['ours', 'mixed'] },
)

ways.scenario(
  'a message that was refused too often is a dead letter, and its queue goes on',
  async (way) => {
    const where = ['--topic', `Dead-${way.name}`]
    await way.producer(['produce-keyed', ...where, '--queues', '1', '--keys', '3', '--count', '6', '--threads', '1'])
      .done
    const consume = [...where, '--group', way.name, '--max-reconsume', '2', '--fail-key', 'k1']
    const members = await startMembers(way, 1, consume)
    await expect.poll(() => takenOf(members).size, { timeout: 60_000 }).toBe(4)
    await end(members)
    const dlq = ['--topic', `%DLQ%${way.name}`, '--group', `${way.name}-dead`, '--from', 'first']
    const dead = way.consumer(['consume', ...dlq, '--expect', '2', '--idle-ms', '500'])
    await dead.done
    const ids = dead.ids().map((id) => id.split(' ')[0])
    return {
      calls: callsOf(members).map(({ key, number, ok }) => `${key}:${number} ${ok ? 'taken' : 'refused'}`),
      dead: ids.sort(),
      reconsumeTimes: dead.lines.flatMap(({ reconsumeTimes }) => reconsumeTimes ?? []),
    }
  },
  { clients: ['java', 'ours'] },
)

test.skipIf(!ways.kit.available)('a key chooses the same queue in Java and here, whatever its type', async () => {
  const int = fc.integer({ min: -2_147_483_648, max: 2_147_483_647 })
  const long = fc
    .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    .filter((value) => value !== BigInt.asIntN(32, value))
  const base64 = (text: string): string => Buffer.from(text, 'utf16le').toString('base64')
  const key = fc.oneof(
    fc.string({ minLength: 1, unit: 'binary' }).map((text) => ({ key: text, line: `s:${base64(text)}` })),
    int.map((value) => ({ key: value, line: `i:${value}` })),
    long.map((value) => ({ key: value, line: `l:${value}` })),
    fc.boolean().map((value) => ({ key: value, line: `b:${value}` })),
    fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .filter((value) => !Number.isSafeInteger(value))
      .map((value) => ({ key: value, line: `d:${value}` })),
  )
  const samples = fc.sample(key, 1000)
  for (const count of [1, 3, 8]) {
    const queues = Array.from({ length: count }, (_, queueId) => ({ topic: 'T', brokerName: 'b', queueId }))
    const values = Buffer.from(samples.map(({ line }) => line).join('\n')).toString('base64')
    const java = judge(ways.kit as JavaReady, '5.3.3', ['hash-keys', '--queues', `${count}`, '--values', values])
    await java.done
    const wrong = samples.filter((sample, at) => queueByHash(sample.key)(queues).queueId !== java.lines[at]?.['chosen'])
    expect(wrong).toEqual([])
  }
})
