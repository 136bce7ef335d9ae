import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { verifyStore } from '../../src/store/index.ts'
import { type JavaReady, ourJudge, prepareJava, startApache, startRocketstream } from './kit/index.ts'

const prepared = await prepareJava()
if (!prepared.available) console.warn(`Skipped: ${prepared.reason}.`)
const kit = prepared as JavaReady

function freshStore(): { readonly dir: string; readonly storeDir: string } {
  const dir = mkdtempSync(join(tmpdir(), 'rocketstream-lock-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return { dir, storeDir: join(dir, 'store') }
}

test.skipIf(!prepared.available || process.platform !== 'linux')(
  'Apache’s broker does not start in a directory that ours uses, and does when ours was killed',
  async () => {
    const { dir, storeDir } = freshStore()
    const ours = await startRocketstream({ storeDir })
    const produce = ['produce', '--namesrv', ours.namesrvAddress, '--topic', 'Kept', '--in-flight', '1']
    expect(await ourJudge([...produce, '--count', '50']).done).toMatchObject({ sent: 50 })
    const abort = readFileSync(join(storeDir, 'abort'), 'utf8')
    await expect(startApache(kit, { storeDir, dir: join(dir, 'refused') })).rejects.toThrow(/ended with exit code/)
    // Apache's log names what it stumbled over.
    const logs = readdirSync(join(dir, 'refused', 'home'), { recursive: true, encoding: 'utf8' })
    const texts = logs
      .filter((name) => name.endsWith('.log'))
      .map((name) => readFileSync(join(dir, 'refused', 'home', name), 'utf8'))
    expect(texts.some((text) => /in-use-by-rocketstream-\d+.*not match/.test(text))).toBe(true)
    // It left everything alone: ours goes on.
    expect(readFileSync(join(storeDir, 'abort'), 'utf8')).toBe(abort)
    expect(await ourJudge([...produce, '--count', '50', '--prefix', 'more']).done).toMatchObject({ sent: 50 })
    await ours.kill9()

    await using apache = await startApache(kit, { storeDir, dir: join(dir, 'started') })
    expect(readdirSync(join(storeDir, 'commitlog')).filter((name) => !/^\d{20}$/.test(name))).toEqual([])
    const consume = [
      'consume',
      '--namesrv',
      apache.namesrvAddress,
      '--topic',
      'Kept',
      '--group',
      'K',
      '--from',
      'first',
    ]
    expect(await ourJudge([...consume, '--expect', '100']).done).toMatchObject({ unique: 100 })
  },
)

test.skipIf(!prepared.available || process.platform !== 'linux')(
  'ours does not start in a directory that Apache’s broker uses, even without its abort file, and does when that was killed',
  async () => {
    const { storeDir } = freshStore()
    const apache = await startApache(kit, { storeDir })
    await expect(startRocketstream({ storeDir })).rejects.toThrow(
      /RMQ_STORE_LOCKED: .* used by an Apache RocketMQ broker/,
    )
    rmSync(join(storeDir, 'abort'))
    await expect(startRocketstream({ storeDir })).rejects.toThrow(
      /RMQ_STORE_LOCKED: .* used by an Apache RocketMQ broker/,
    )
    await expect(verifyStore(storeDir)).rejects.toMatchObject({ code: 'RMQ_STORE_LOCKED' })
    await apache.kill9()
    const ours = await startRocketstream({ storeDir })
    expect(existsSync(join(storeDir, 'abort'))).toBe(true)
    await ours.stop()
    expect((await verifyStore(storeDir)).problems).toEqual([])
  },
)
