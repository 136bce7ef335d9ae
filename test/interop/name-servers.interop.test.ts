import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CLI, type Running, run } from '../programs/run.ts'
import { type JavaReady, judge, ourJudge, prepareJava, startApache } from './kit/index.ts'

// Each part alone, mixed with Apache's: as in an existing deployment.

const kit = await prepareJava()
if (!kit.available) console.warn(`Skipped: ${kit.reason}.`)

let directory: string
let ours: Running | undefined
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rocketstream-parts-'))
})
afterEach(async () => {
  ours?.kill('SIGKILL')
  await ours?.ended
  rmSync(directory, { recursive: true, force: true })
})

/** 500 messages of our producer and 500 of Java's reach consumers of both kinds. */
async function exchange(namesrv: string, topic: string): Promise<void> {
  const where = ['--namesrv', namesrv, '--topic', topic]
  const produce = ['produce', ...where, '--count', '500', '--prefix']
  expect(await ourJudge([...produce, 'ours']).done).toMatchObject({ sent: 500, failed: 0 })
  expect(await judge(kit as JavaReady, '5.3.3', [...produce, 'java']).done).toMatchObject({ sent: 500, failed: 0 })
  const consume = ['consume', ...where, '--expect', '1000', '--group']
  const all = { received: 1000, unique: 1000 }
  expect(await ourJudge([...consume, `${topic}-ours`]).done).toMatchObject(all)
  expect(await judge(kit as JavaReady, '5.3.3', [...consume, `${topic}-java`, '--from', 'first']).done).toMatchObject(
    all,
  )
}

test.skipIf(!kit.available)('our broker works with an Apache name server, and leaves it in order', async () => {
  await using apache = await startApache(kit as JavaReady, { namesrvOnly: true })
  const conf = join(directory, 'broker.conf')
  writeFileSync(conf, `listenPort=0\nbrokerIP1=127.0.0.1\nstorePathRootDir=${join(directory, 'store')}\n`)
  ours = run([CLI, 'broker', '-n', apache.namesrvAddress, '-c', conf])
  await ours.until('ready on')
  await exchange(apache.namesrvAddress, 'ApacheNamesrv')
  ours.kill('SIGTERM')
  expect((await ours.ended).code).toBe(0)
})

test.skipIf(!kit.available)('an Apache broker works with our name server', async () => {
  const conf = join(directory, 'namesrv.conf')
  writeFileSync(conf, `listenPort=0\nbindAddress=127.0.0.1\nkvConfigPath=${join(directory, 'kvConfig.json')}\n`)
  ours = run([CLI, 'namesrv', '-c', conf])
  const address = (await ours.line('name server ready on')).split(' ').at(-1) ?? ''
  await using _broker = await startApache(kit as JavaReady, { namesrv: address })
  await exchange(address, 'OurNamesrv')
})
