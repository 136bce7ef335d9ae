import { expect } from 'vitest'
import { fourWays, judge, type Way } from './kit/index.ts'

const ways = await fourWays()

/** Sends so many messages with a prefix. */
async function produce(way: Way, topic: string, count: number, prefix: string): Promise<void> {
  const sent = await way.producer(['produce', '--topic', topic, '--count', `${count}`, '--prefix', prefix]).done
  expect(sent).toMatchObject({ sent: count, failed: 0 })
}

ways.scenario(
  'lite pull consumers of one group share a topic, and go on where the group stopped',
  async (way) => {
    const topic = `Lite-${way.name}`
    const member = ['lite-pull', '--topic', topic, '--group', way.name, '--stream']
    await produce(way, topic, 100, 'early')
    const members = [0, 1, 2].map((n) => way.consumer(member, n))
    await Promise.all(members.map((one) => one.ready))
    const flowing = way.producer([
      'produce',
      '--topic',
      topic,
      '--count',
      '3000',
      '--prefix',
      'flow',
      '--pause-ms',
      '3',
    ])
    for (const one of members) await one.until(() => one.ids().some((id) => id.startsWith('flow-')), 60_000)
    expect(await flowing.done).toMatchObject({ sent: 3000, failed: 0 })
    const seen = (): Set<string> => new Set(members.flatMap((one) => one.ids()))
    await expect.poll(() => seen().size, { timeout: 60_000 }).toBe(3100)
    for (const one of members) one.kill('SIGTERM')
    await Promise.all(members.map((one) => one.done))
    await produce(way, topic, 50, 'late')
    const last = way.consumer([...member, '--expect', '50', '--idle-ms', '2000'], 1)
    const { received, unique } = await last.done
    expect(last.ids().every((id) => id.startsWith('late-'))).toBe(true)
    return { seen: seen().size, received, unique }
  },
  { clients: ['ours', 'mixed'] },
)

ways.scenario(
  'a lite pull consumer gets the messages of its tags',
  async (way) => {
    const where = ['--topic', `LiteTags-${way.name}`]
    await way.producer(['produce', ...where, '--count', '300', '--tags', 'a,b,c']).done
    const consumer = way.consumer(['lite-pull', ...where, '--group', way.name, '--sub', 'a || c', '--expect', '200'])
    const { received, unique, duplicates } = await consumer.done
    expect(new Set(consumer.lines.flatMap((line) => line['tags'] ?? []))).toEqual(new Set(['a', 'c']))
    return { received, unique, duplicates }
  },
  { clients: ['java', 'ours'] },
)

ways.scenario(
  'a plain pull ends in the same way wherever it begins',
  async (way) => {
    const topic = `Plain-${way.name}`
    await produce(way, topic, 40, 'm')
    return way.consumer(['plain-pull', '--topic', topic, '--group', way.name]).done
  },
  { clients: ['java', 'ours'] },
)

ways.scenario(
  'a consumer that runs goes on where an administrator moved its group',
  async (way) => {
    const topic = `Reset-${way.name}`
    await produce(way, topic, 40, 'before')
    // One member, so that Apache's broker holds no pull of a member that had the queue before: such a pull takes the
    // reset along.
    const member = way.consumer([
      'consume',
      '--topic',
      topic,
      '--group',
      way.name,
      '--stream',
      '--timeout-ms',
      '100000',
    ])
    await member.until(() => member.ids().length === 40, 60_000)
    if (!ways.kit.available) throw new Error('Java is not here.')
    const where = ['--namesrv', way.server.namesrvAddress, '--topic', topic, '--group', way.name]
    const reset = await judge(ways.kit, '5.3.3', ['reset-offset', ...where, '--time', '0']).done
    // Each queue gets messages, so that held pulls learn of it at once on Apache's server, too.
    await produce(way, topic, 40, 'after')
    const again = (): string[] => member.ids().slice(40)
    await member.until(() => new Set(again()).size === 80, 60_000)
    member.kill('SIGTERM')
    await member.done
    return { ...reset }
  },
  { clients: ['java', 'ours'] },
)
