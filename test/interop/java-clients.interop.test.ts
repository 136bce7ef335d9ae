import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  CLIENT_VERSIONS,
  type JavaReady,
  judge,
  prepareJava,
  type ServerUnderTest,
  startRocketstream,
} from './kit/index.ts'

const kit = await prepareJava()
if (!kit.available) console.warn(`Skipped: ${kit.reason}.`)

let server: ServerUnderTest
beforeAll(async () => {
  if (kit.available) server = await startRocketstream()
})
afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
})

for (const version of CLIENT_VERSIONS) {
  const name = version.replaceAll('.', '')

  test.skipIf(!kit.available)(
    `Java client ${version}: 10,000 messages from 8 threads reach a push consumer exactly once each`,
    async () => {
      const where = ['--namesrv', server.namesrvAddress, '--topic', `ExactlyOnce-${name}`]
      const consume = ['consume', ...where, '--group', `ExactlyOnce-${name}`, '--expect', '10000', '--idle-ms', '3000']
      const produce = ['produce', ...where, '--count', '10000', '--threads', '8', '--size', '200']
      const producer = judge(kit as JavaReady, version, produce)
      expect(await producer.done).toMatchObject({ sent: 10_000, failed: 0, statusNotOk: 0 })
      const consumer = judge(kit as JavaReady, version, consume)
      expect(await consumer.done).toMatchObject({ received: 10_000, unique: 10_000, duplicates: 0 })
      expect(new Set(consumer.ids())).toEqual(new Set(Array.from({ length: 10_000 }, (_, n) => `m-${n}`)))
    },
    120_000,
  )

  test.skipIf(!kit.available)(
    `Java client ${version}: when one of two consumers is killed the other takes over its queues and nothing is lost`,
    async () => {
      const where = ['--namesrv', server.namesrvAddress, '--topic', `TakeOver-${name}`]
      // The periodic rebalance is put out of reach: only the broker's notice of the closed connection can tell.
      const patient = { properties: { 'rocketmq.client.rebalance.waitInterval': '600000' } }
      const consume = ['consume', ...where, '--group', `TakeOver-${name}`, '--stream', '--timeout-ms', '100000']
      const first = ['produce', ...where, '--prefix', 'early', '--count', '200']
      expect(await judge(kit as JavaReady, version, first).done).toMatchObject({ sent: 200 })
      const survivor = judge(kit as JavaReady, version, consume, patient)
      await survivor.until(() => survivor.ids().length >= 200, 60_000)
      const victim = judge(kit as JavaReady, version, consume, patient)
      await victim.ready

      const flow = ['produce', ...where, '--prefix', 'flow', '--count', '3000', '--pause-ms', '4', '--stream']
      const producer = judge(kit as JavaReady, version, flow)
      const flowing = (ids: string[]) => ids.filter((id) => id.startsWith('flow-'))
      // Both work: the queues are shared.
      await victim.until(() => flowing(victim.ids()).length >= 100, 60_000)
      await survivor.until(() => flowing(survivor.ids()).length >= 100, 60_000)
      victim.kill('SIGKILL')
      expect(await victim.ended).toBeNull()
      expect(await producer.done).toMatchObject({ sent: 3000, failed: 0 })

      const seen = () => new Set([...flowing(survivor.ids()), ...flowing(victim.ids())])
      await survivor.until(() => seen().size === 3000, 60_000)
      survivor.kill('SIGTERM')
      expect(await survivor.done).toMatchObject({ stoppedBySignal: true })
      expect(seen()).toEqual(new Set(Array.from({ length: 3000 }, (_, n) => `flow-${n}`)))
    },
    180_000,
  )
}
