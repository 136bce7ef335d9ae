import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'vitest'
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

/** Under these nobody is asked, and ends are recorded almost at once. */
const QUIET = { transactionTimeOut: '600000', transactionOpBatchInterval: '100' }
const ASKING = { transactionTimeOut: '2000', transactionCheckInterval: '1000', transactionOpBatchInterval: '100' }

const start = (
  name: ServerUnderTest['name'],
  storeDir: string,
  brokerConf: Readonly<Record<string, string>>,
): Promise<ServerUnderTest> =>
  name === 'apache'
    ? startApache(kit as JavaReady, { storeDir, brokerConf })
    : startRocketstream({ storeDir, brokerConf })

for (const [first, second] of [
  ['rocketstream', 'apache'],
  ['apache', 'rocketstream'],
] as const) {
  // Side by side: most of the time goes into starts and stops of Apache's broker.
  test
    .skipIf(!kit.available)
    .concurrent(
      `open transactions in a store directory of ${first} are checked by ${second}`,
      async ({ expect, onTestFinished }) => {
        const dir = mkdtempSync(join(tmpdir(), 'rocketstream-store-'))
        onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
        const storeDir = join(dir, 'store')
        await using before = await start(first, storeDir, QUIET)
        const topic = ['--topic', 'Handover', '--group', 'G', '--size', '1', '--timeout-ms', '40000']
        const transact = (server: ServerUnderTest, ...more: readonly string[]): readonly string[] => [
          'transact',
          '--namesrv',
          server.namesrvAddress,
          ...topic,
          ...more,
        ]
        const sending = ourJudge(transact(before, '--count', '6', '--local', 'unknown,commit,rollback'))
        expect(await sending.done).toMatchObject({ sent: 6, executed: 6 })
        await before.stop()

        await using after = await start(second, storeDir, ASKING)
        const own = ['--prefix', 'own', '--local', 'rollback', '--check', 'commit', '--expect-checks', '2']
        const member = judge(kit as JavaReady, '5.3.3', transact(after, ...own))
        expect(await member.done).toMatchObject({ checkedMessages: 2, decidedByCheck: 2 })
        const consume = ['consume', '--namesrv', after.namesrvAddress, ...topic, '--from', 'first', '--expect', '4']
        const consumer = judge(kit as JavaReady, '5.3.3', [...consume, '--idle-ms', '2000'])
        expect(await consumer.done).toMatchObject({ received: 4, unique: 4, duplicates: 0 })
        expect(consumer.ids().sort()).toEqual(['m-0', 'm-1', 'm-3', 'm-4'])
      },
    )
}
