import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { fourWays, type Judge, type Way } from './kit/index.ts'

const ways = await fourWays()
const IP = '10.1.2.3'

interface Station {
  readonly topic: string
  readonly offsets: string
  /** The n-th member, under its own name, which stays the same. */
  member(n: number, ...more: string[]): Judge
  produce(count: number, prefix: string): Promise<void>
}

async function station(way: Way): Promise<Station> {
  const offsets = await mkdtemp(join(tmpdir(), 'rocketstream-offsets-'))
  onTestFinished(() => rm(offsets, { recursive: true, force: true }))
  const topic = `News-${way.name}`
  const common = ['broadcast', '--topic', topic, '--group', way.name, '--offsets', offsets, '--client-ip', IP]
  return {
    topic,
    offsets,
    member: (n, ...more) => way.consumer([...common, '--instance', `i${n}`, ...more], n),
    async produce(count, prefix) {
      const sent = await way.producer(['produce', '--topic', topic, '--count', `${count}`, '--prefix', prefix]).done
      expect(sent).toMatchObject({ sent: count, failed: 0 })
    },
  }
}

ways.scenario(
  'every broadcast consumer gets every message, and goes on where it stopped itself',
  async (way) => {
    const { member, produce, offsets } = await station(way)
    await produce(100, 'early')
    const expectAll = ['--expect', '100']
    const first = await Promise.all([0, 1, 2].map((n) => member(n, ...expectAll).done))
    expect(await readdir(offsets)).toEqual([`${IP}@i0`, `${IP}@i1`, `${IP}@i2`])
    await produce(30, 'late')
    const again = [0, 1, 2].map((n) => member(n, '--expect', '30', '--idle-ms', '1500'))
    const second = await Promise.all(again.map((one) => one.done))
    for (const one of again) expect(one.ids().every((id) => id.startsWith('late-'))).toBe(true)
    return { first, second }
  },
  { clients: ['ours', 'mixed'] },
)

ways.scenario(
  'a broadcast consumer goes on where one in the other language stopped',
  async (way) => {
    const { produce, offsets, topic } = await station(way)
    const as = (n: number, expected: number): Judge =>
      way.consumer(
        ['broadcast', '--topic', topic, '--group', way.name, '--offsets', offsets, '--client-ip', IP].concat([
          '--instance',
          'same',
          '--expect',
          `${expected}`,
          '--idle-ms',
          '1500',
        ]),
        n,
      )
    await produce(60, 'a')
    const java = await as(1, 60).done
    await produce(20, 'b')
    const ours = await as(0, 20).done
    await produce(10, 'c')
    const older = await as(2, 10).done
    return { java, ours, older }
  },
  { clients: ['mixed'] },
)

ways.scenario(
  'a message that a broadcast listener refuses does not come again',
  async (way) => {
    const { member, produce } = await station(way)
    await produce(10, 'm')
    const { received, unique, duplicates } = await member(0, '--expect', '10', '--refuse', '3', '--idle-ms', '3000')
      .done
    return { received, unique, duplicates }
  },
  { clients: ['java', 'ours'] },
)
