import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { verifyStore } from '../../src/store/index.ts'
import {
  fourWays,
  type JavaReady,
  type Judge,
  judge,
  ourJudge,
  type ServerUnderTest,
  startApache,
  startRocketstream,
} from './kit/index.ts'

const ways = await fourWays()
const kit = ways.kit as JavaReady

/** Asks with Java's client and with ours; both must find the same, in the same order. */
async function query(server: ServerUnderTest, args: readonly string[]): Promise<readonly Record<string, unknown>[]> {
  const all = ['query', '--namesrv', server.namesrvAddress, ...args]
  const drivers: readonly Judge[] = [judge(kit, '5.3.3', all), ourJudge(all)]
  await Promise.all(drivers.map((driver) => driver.done))
  const [java, ours] = drivers.map((driver) => driver.lines)
  expect(ours).toEqual(java)
  return java ?? []
}

ways.scenario(
  'messages are found by key, unique id and offset id',
  async ({ server, producer, name }) => {
    const topic = `Query-${name}`
    const produce = ['produce', '--topic', topic, '--count', '70', '--keys', 'm-', '--in-flight', '1', '--stream']
    const sender = producer(produce)
    expect(await sender.done).toMatchObject({ sent: 70, failed: 0 })
    const found = await query(server, ['--topic', topic, '--key', 'm-42'])
    expect(found).toMatchObject([{ body: 'm-42', keys: 'm-42', topic }])
    const msgId = String(found[0]?.['msgId'])
    const byUnique = await query(server, ['--topic', topic, '--unique', msgId])
    expect(byUnique).toEqual(found)
    const none = await query(server, ['--topic', topic, '--key', 'nothing'])
    const tooEarly = await query(server, ['--topic', topic, '--key', 'm-42', '--end', '1000'])
    return { found: found.length, byUnique: byUnique.length, none: none.length, tooEarly: tooEarly.length }
  },
  { clients: ['java', 'ours'] },
)

const PRODUCE = ['produce', '--count', '500', '--keys', 'm-', '--in-flight', '8']

test.skipIf(!ways.kit.available)(
  'an Apache broker finds keys in index files of ours, and goes on in them',
  async () => {
    const storeDir = freshStore()
    const where = (server: ServerUnderTest): string[] => ['--namesrv', server.namesrvAddress, '--topic', 'Handover']
    const ours = await startRocketstream({ storeDir })
    await ourJudge([...PRODUCE, ...where(ours)]).done
    expect(await ours.stop()).toEqual([0])
    expect((await verifyStore(storeDir)).problems).toEqual([])

    const apache = await startApache(kit, { storeDir })
    for (const key of ['m-0', 'm-250', 'm-499'])
      expect(await query(apache, ['--topic', 'Handover', '--key', key])).toMatchObject([{ body: key }])
    await ourJudge([...PRODUCE, '--prefix', 'n', ...where(apache)]).done
    expect(await query(apache, ['--topic', 'Handover', '--key', 'n-499'])).toMatchObject([{ body: 'n-499' }])
    await apache.stop()

    await using again = await startRocketstream({ storeDir })
    for (const key of ['m-0', 'm-499', 'n-0', 'n-499'])
      expect(await query(again, ['--topic', 'Handover', '--key', key])).toMatchObject([{ body: key }])
    await again.stop()
    expect((await verifyStore(storeDir)).problems).toEqual([])
  },
)

test.skipIf(!ways.kit.available)('our server finds every key after an Apache broker was killed', async () => {
  const storeDir = freshStore()
  const apache = await startApache(kit, { storeDir })
  await ourJudge([...PRODUCE, '--namesrv', apache.namesrvAddress, '--topic', 'Killed']).done
  await apache.kill9()
  await using ours = await startRocketstream({ storeDir })
  for (const key of ['m-0', 'm-250', 'm-499'])
    expect(await query(ours, ['--topic', 'Killed', '--key', key])).toMatchObject([{ body: key }])
  await ours.stop()
  expect((await verifyStore(storeDir)).problems).toEqual([])
})

function freshStore(): string {
  const dir = mkdtempSync(join(tmpdir(), 'rocketstream-index-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return join(dir, 'store')
}
