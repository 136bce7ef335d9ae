import { crc32 } from 'node:zlib'
import { expect } from 'vitest'
import { fourWays, type Judge, judge, ourJudge, type Way } from './kit/index.ts'

const ways = await fourWays()

const SIZES = [64, 4096, 10_001, 300_000, 1_500_000]
/** The number by which a received message tells how it was compressed. */
const TYPES = { zlib: 3, lz4: 1, zstd: 2 } as const

/** The bytes that both drivers send. */
function bodyOf(size: number): Buffer {
  return Buffer.from(Array.from({ length: size }, (_, at) => 32 + ((at * 31 + Math.floor(at / 97)) % 64)))
}

const expected = Object.entries(TYPES).flatMap(([type, compression]) =>
  SIZES.map((bytes) => ({
    id: `${type}-${bytes}`,
    bytes,
    crc: crc32(bodyOf(bytes)),
    compression: bytes < 4096 ? 0 : compression,
  })),
)

function sender(way: Way, side: 'java' | 'ours', topic: string, type: string): Judge {
  const args = ['send-bodies', '--topic', topic, '--prefix', type, '--sizes', SIZES.join(',')]
  const where = ['--namesrv', way.server.namesrvAddress]
  if (side === 'ours' || !ways.kit.available) return ourJudge([...args, ...where])
  const properties = { 'rocketmq.message.compressType': type.toUpperCase() }
  return judge(ways.kit, '5.3.3', [...args, ...where], { properties })
}

function receiver(way: Way, side: 'java' | 'ours', topic: string): Judge {
  const args = ['receive-bodies', '--topic', topic, '--group', `${topic}-${side}`, '--expect', `${expected.length}`]
  const where = ['--namesrv', way.server.namesrvAddress]
  if (side === 'ours' || !ways.kit.available) return ourJudge([...args, ...where])
  return judge(ways.kit, '5.3.3', [...args, ...where])
}

ways.scenario('bodies arrive whole, however they are compressed', async (way) => {
  // Mixed: each side reads what the other one wrote.
  const pairs =
    way.clients === 'mixed'
      ? ([
          ['java', 'ours'],
          ['ours', 'java'],
        ] as const)
      : ([[way.clients, way.clients]] as const)
  let whole = 0
  for (const [from, to] of pairs) {
    const topic = `Packed-${from}-${way.name}`
    for (const type of Object.keys(TYPES)) await sender(way, from, topic, type).done
    const consumer = receiver(way, to, topic)
    await consumer.done
    const byId = (left: { id?: string }, right: { id?: string }): number =>
      (left.id ?? '') < (right.id ?? '') ? -1 : 1
    const received = consumer.lines.filter((line) => line.id !== undefined)
    expect(received.toSorted(byId)).toEqual(expected.toSorted(byId))
    whole += received.length
  }
  return { whole }
})
