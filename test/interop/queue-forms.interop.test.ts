import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { verifyStore } from '../../src/store/index.ts'
import {
  type JavaReady,
  judge,
  ourJudge,
  prepareJava,
  type ServerUnderTest,
  startApache,
  startRocketstream,
} from './kit/index.ts'

const kit = await prepareJava()
if (!kit.available) console.warn(`Skipped: ${kit.reason}.`)

const brokerConf = {
  enableLmq: 'true',
  enableMultiDispatch: 'true',
  enableConsumeQueueExt: 'true',
  enableCalcFilterBitMap: 'true',
  enablePropertyFilter: 'true',
}
const LIGHT_NAMES = '%LMQ%one,%LMQ%two'

/** `prefix-0` … for each prefix. */
function ids(count: number, ...prefixes: string[]): Set<string> {
  return new Set(prefixes.flatMap((prefix) => Array.from({ length: count }, (_, n) => `${prefix}-${n}`)))
}

/** 60 messages in batches and 40 that name light queues, sent by Java. */
async function send({ namesrvAddress }: ServerUnderTest, prefix: string): Promise<void> {
  const where = ['--namesrv', namesrvAddress, '--prefix', prefix]
  const batches = ['produce', ...where, '--topic', 'Batches', '--count', '60', '--batch', '6', '--tags', 'a,b']
  expect(await judge(kit as JavaReady, '5.3.3', batches).done).toMatchObject({ sent: 60, failed: 0 })
  const light = ['light-send', ...where, '--topic', 'Light', '--count', '40', '--names', LIGHT_NAMES]
  expect(await judge(kit as JavaReady, '5.3.3', light).done).toMatchObject({ sent: 40 })
}

/** Everything is there, as Java reads it: in batch queues, by tags, and in light queues. */
async function check({ namesrvAddress }: ServerUnderTest, ...prefixes: string[]): Promise<void> {
  const where = ['--namesrv', namesrvAddress]
  const pull = (...args: string[]) => judge(kit as JavaReady, '5.3.3', [...args, ...where])
  const batches = pull('pull-all', '--topic', 'Batches')
  expect(await batches.done).toMatchObject({ received: 60 * prefixes.length })
  expect(new Set(batches.ids())).toEqual(ids(60, ...prefixes))
  const tagged = pull('pull-all', '--topic', 'Light', '--sub', 'a')
  expect(await tagged.done).toMatchObject({ received: 20 * prefixes.length })
  const light = pull('light-pull', '--topic', 'Light', '--names', LIGHT_NAMES)
  expect(await light.done).toMatchObject({ received: 2 * 40 * prefixes.length })
  expect(new Set(light.ids())).toEqual(ids(40, ...prefixes))
}

test.skipIf(!kit.available)(
  'batch queues, light queues and units go from our broker to Apache’s and back, and nothing is lost',
  async () => {
    const parent = mkdtempSync(join(tmpdir(), 'rocketstream-queue-forms-'))
    const storeDir = join(parent, 'store')
    try {
      const ours = await startRocketstream({ storeDir, brokerConf })
      const where = ['--namesrv', ours.namesrvAddress]
      await judge(kit as JavaReady, '5.3.3', ['create-batch-topic', '--topic', 'Batches', ...where]).done
      await send(ours, 'ours')
      await check(ours, 'ours')
      expect(await ours.stop()).toEqual([0])
      expect((await verifyStore(storeDir)).problems).toEqual([])

      const apache = await startApache(kit as JavaReady, { storeDir, brokerConf })
      await check(apache, 'ours')
      await send(apache, 'apache')
      await check(apache, 'ours', 'apache')
      await apache.stop()
      expect((await verifyStore(storeDir)).problems).toEqual([])

      const again = await startRocketstream({ storeDir, brokerConf })
      await check(again, 'ours', 'apache')
      await send(again, 'again')
      await again.kill9()

      await using last = await startRocketstream({ storeDir, brokerConf })
      await check(last, 'ours', 'apache', 'again')
      const consume = ['consume', '--namesrv', last.namesrvAddress, '--topic', 'Batches', '--group', 'G']
      const consumer = ourJudge([...consume, '--from', 'first', '--expect', '180'])
      expect(await consumer.done).toMatchObject({ received: 180, unique: 180, duplicates: 0 })
    } finally {
      rmSync(parent, { recursive: true, force: true })
    }
  },
  180_000,
)
