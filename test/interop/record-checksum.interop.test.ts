import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { verifyStore } from '../../src/store/index.ts'
import { type JavaReady, judge, ourJudge, prepareJava, startApache, startRocketstream } from './kit/index.ts'

const kit = await prepareJava()
if (!kit.available) console.warn(`Skipped: ${kit.reason}.`)

let storeDir: string
beforeEach(() => {
  storeDir = join(mkdtempSync(join(tmpdir(), 'rocketstream-store-')), 'store')
})
afterEach(() => rmSync(join(storeDir, '..'), { recursive: true, force: true }))

// With forceVerifyPropCRC Apache's broker ends the log at the first record whose checksum is missing or wrong.
const CHECKED = { enabledAppendPropCRC: 'true', forceVerifyPropCRC: 'true' }

const ids = (prefix: string, count: number): Set<string> =>
  new Set(Array.from({ length: count }, (_, n) => `${prefix}-${n}`))

test.skipIf(!kit.available)(
  'each broker recovers the other’s records by their checksums after kill -9, and loses none',
  async () => {
    const topic = (address: string): string[] => ['--namesrv', address, '--topic', 'Summed']
    const first = await startRocketstream({ storeDir, brokerConf: CHECKED })
    const tagged = ['--count', '1000', '--size', '300', '--tags', 'a,b']
    const sent = await ourJudge(['produce', ...topic(first.namesrvAddress), '--prefix', 'ours', ...tagged]).done
    expect(sent).toMatchObject({ sent: 1000, failed: 0 })
    await first.kill9()

    const apache = await startApache(kit as JavaReady, { storeDir, brokerConf: CHECKED })
    const produce = ['produce', ...topic(apache.namesrvAddress), '--prefix', 'java', '--count', '1000']
    expect(await judge(kit as JavaReady, '5.3.3', produce).done).toMatchObject({ sent: 1000, failed: 0 })
    await apache.kill9()

    await using second = await startRocketstream({ storeDir, brokerConf: CHECKED })
    const consume = ['consume', ...topic(second.namesrvAddress), '--group', 'G', '--from', 'first', '--expect', '2000']
    const consumer = judge(kit as JavaReady, '5.3.3', consume)
    expect(await consumer.done).toMatchObject({ received: 2000, unique: 2000 })
    expect(new Set(consumer.ids())).toEqual(new Set([...ids('ours', 1000), ...ids('java', 1000)]))
    await second.stop()
    expect((await verifyStore(storeDir, { forceVerifyPropCRC: true })).problems).toEqual([])
  },
)
