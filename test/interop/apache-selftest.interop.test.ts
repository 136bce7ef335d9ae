import { afterAll, beforeAll, expect, test } from 'vitest'
import { CLIENT_VERSIONS, type JavaReady, judge, prepareJava, type ServerUnderTest, startApache } from './kit/index.ts'

// The judges on trial: what they report about Apache's own server must be right before they may judge ours.

const COUNT = 2000
const kit = await prepareJava()
if (!kit.available) console.warn(`Skipped: ${kit.reason}.`)

let server: ServerUnderTest
beforeAll(async () => {
  if (kit.available) server = await startApache(kit)
}, 90_000)
afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
}, 90_000)

for (const version of CLIENT_VERSIONS) {
  test.skipIf(!kit.available)(
    `Java client ${version} sends ${COUNT} messages to Apache's broker and receives each exactly once`,
    async () => {
      const java = kit as JavaReady
      const topic = `SelfTest-${version.replaceAll('.', '')}`
      const where = ['--namesrv', server.namesrvAddress, '--topic', topic]
      const producer = judge(java, version, [
        'produce',
        ...where,
        '--count',
        `${COUNT}`,
        '--threads',
        '8',
        '--tags',
        'a,b',
      ])
      expect(await producer.done).toMatchObject({ sent: COUNT, failed: 0 })

      const consumer = judge(java, version, ['consume', ...where, '--group', `G-${topic}`, '--expect', `${COUNT}`])
      const seen = await consumer.done
      expect(seen).toMatchObject({ received: COUNT, unique: COUNT, duplicates: 0 })
      expect(new Set(consumer.ids()).size).toBe(COUNT)

      const filtered = ['--group', `F-${topic}`, '--sub', 'b', '--expect', `${COUNT / 2}`]
      expect(await judge(java, version, ['consume', ...where, ...filtered]).done).toMatchObject({ received: COUNT / 2 })

      const stored = judge(java, version, ['pull-all', ...where])
      expect(await stored.done).toEqual({ received: COUNT })
      expect(stored.ids().sort()).toEqual(consumer.ids().sort())

      const offsets = await judge(java, '5.3.3', ['offsets', ...where, '--group', `G-${topic}`]).done
      expect(offsets).toMatchObject({ min: 0, max: COUNT, consumer: COUNT })
    },
    120_000,
  )
}

test.skipIf(!kit.available)(
  'a consumer killed with SIGKILL leaves behind every line it had printed',
  async () => {
    const java = kit as JavaReady
    const where = ['--namesrv', server.namesrvAddress, '--topic', 'SelfTest-Killed']
    await judge(java, '5.3.3', ['produce', ...where, '--count', '500']).done
    const consumer = judge(java, '5.3.3', ['consume', ...where, '--group', 'G-Killed', '--stream', '--work-ms', '20'])
    await consumer.until(() => consumer.ids().length >= 50, 60_000)
    consumer.kill('SIGKILL')
    expect(await consumer.ended).toBeNull()
    expect(consumer.ids().length).toBeGreaterThanOrEqual(50)
    await expect(consumer.done).rejects.toThrow('without a result')
  },
  120_000,
)
