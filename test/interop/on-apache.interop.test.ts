import { afterAll, beforeAll, expect, test } from 'vitest'
import { type JavaReady, judge, ourJudge, prepareJava, type ServerUnderTest, startApache } from './kit/index.ts'

const kit = await prepareJava()
if (!kit.available) console.warn(`Skipped: ${kit.reason}.`)

let server: ServerUnderTest
beforeAll(async () => {
  if (kit.available) server = await startApache(kit)
})
afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
})

const ids = (prefix: string, count: number): Set<string> =>
  new Set(Array.from({ length: count }, (_, n) => `${prefix}-${n}`))

test.skipIf(!kit.available)(
  'our producer’s 10,000 messages reach our consumer and Java’s exactly once each',
  async () => {
    const where = ['--namesrv', server.namesrvAddress, '--topic', 'OursOnApache']
    const producer = ourJudge(['produce', ...where, '--count', '10000', '--size', '200', '--tags', 'a,b'])
    expect(await producer.done).toMatchObject({ sent: 10_000, failed: 0 })
    const consume = ['consume', ...where, '--expect', '10000', '--idle-ms', '2000']
    const ours = ourJudge([...consume, '--group', 'OursOnApache-ours'])
    const java = judge(kit as JavaReady, '5.3.3', [...consume, '--group', 'OursOnApache-java'])
    for (const consumer of [ours, java]) {
      expect(await consumer.done).toMatchObject({ received: 10_000, unique: 10_000, duplicates: 0 })
      expect(new Set(consumer.ids())).toEqual(ids('m', 10_000))
    }
  },
)

test.skipIf(!kit.available)('our consumer gets of Java’s messages those of its tags', async () => {
  const where = ['--namesrv', server.namesrvAddress, '--topic', 'TagsOnApache']
  await judge(kit as JavaReady, '5.3.3', ['produce', ...where, '--count', '300', '--tags', 'a,b,c']).done
  const consumer = ourJudge(['consume', ...where, '--group', 'TagsOnApache', '--sub', 'a || c', '--expect', '200'])
  expect(await consumer.done).toMatchObject({ received: 200, unique: 200 })
  expect(new Set(consumer.lines.flatMap((line) => line['tags'] ?? []))).toEqual(new Set(['a', 'c']))
})

test.skipIf(!kit.available)('a message that our listener refuses comes again from Apache, counted', async () => {
  const where = ['--namesrv', server.namesrvAddress, '--topic', 'RetryOnApache']
  await ourJudge(['produce', ...where, '--count', '3']).done
  const consumer = ourJudge(['consume', ...where, '--group', 'RetryOnApache', '--fail-first', '1', '--expect', '3'])
  expect(await consumer.done).toMatchObject({ received: 4, unique: 3, refused: 1 })
  expect(consumer.lines.filter((line) => line.reconsumeTimes === 1)).toHaveLength(1)
})
