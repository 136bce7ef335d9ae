import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type JavaReady, judge, ourJudge, prepareJava, startApache, startRocketstream } from './kit/index.ts'

const kit = await prepareJava()
if (!kit.available) console.warn(`Skipped: ${kit.reason}.`)

let storeDir: string
beforeEach(() => {
  storeDir = join(mkdtempSync(join(tmpdir(), 'rocketstream-store-')), 'store')
})
afterEach(() => rmSync(join(storeDir, '..'), { recursive: true, force: true }))

const ids = (prefix: string, count: number): Set<string> =>
  new Set(Array.from({ length: count }, (_, n) => `${prefix}-${n}`))

test.skipIf(!kit.available)(
  'an Apache broker serves the messages of our store directory to a Java consumer',
  async () => {
    const ours = await startRocketstream({ storeDir })
    const produce = [
      'produce',
      '--namesrv',
      ours.namesrvAddress,
      '--topic',
      'Handover',
      '--count',
      '2000',
      '--size',
      '500',
    ]
    expect(await ourJudge([...produce, '--tags', 'a,b']).done).toMatchObject({ sent: 2000, failed: 0 })
    expect(await ours.stop()).toEqual([0])

    await using apache = await startApache(kit as JavaReady, { storeDir })
    const consume = ['consume', '--namesrv', apache.namesrvAddress, '--topic', 'Handover', '--group', 'Handover']
    const consumer = judge(kit as JavaReady, '5.3.3', [...consume, '--from', 'first', '--expect', '2000'])
    expect(await consumer.done).toMatchObject({ received: 2000, unique: 2000, duplicates: 0 })
    expect(new Set(consumer.ids())).toEqual(ids('m', 2000))
  },
)

test.skipIf(!kit.available)(
  'consumption goes on at the committed offset after a clean stop and after kill -9',
  async () => {
    const where = (address: string): string[] => ['--namesrv', address, '--topic', 'Onward']
    const first = await startRocketstream({ storeDir })
    await ourJudge(['produce', ...where(first.namesrvAddress), '--prefix', 'one', '--count', '500']).done
    const consume = (address: string, expect: string): string[] => [
      'consume',
      ...where(address),
      '--group',
      'G',
      '--expect',
      expect,
    ]
    await judge(kit as JavaReady, '5.3.3', consume(first.namesrvAddress, '500')).done
    await first.stop()

    const second = await startRocketstream({ storeDir })
    await ourJudge(['produce', ...where(second.namesrvAddress), '--prefix', 'two', '--count', '500']).done
    // Right after the last acknowledgement.
    await second.kill9()

    await using third = await startRocketstream({ storeDir })
    const consumer = judge(kit as JavaReady, '5.3.3', [...consume(third.namesrvAddress, '500'), '--idle-ms', '2000'])
    expect(await consumer.done).toMatchObject({ received: 500, unique: 500 })
    expect(new Set(consumer.ids())).toEqual(ids('two', 500))
  },
)
