import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  CLIENT_VERSIONS,
  type JavaReady,
  type Judge,
  judge,
  ourJudge,
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

test.skipIf(!kit.available)('Java’s 10,000 messages reach our consumer exactly once each', async () => {
  const where = ['--namesrv', server.namesrvAddress, '--topic', 'JavaToOurs']
  const produce = ['produce', ...where, '--count', '10000', '--threads', '8', '--size', '200']
  for (const version of CLIENT_VERSIONS) {
    const prefix = `v${version.replaceAll('.', '')}`
    const producer = judge(kit as JavaReady, version, [...produce, '--prefix', prefix])
    expect(await producer.done).toMatchObject({ sent: 10_000, failed: 0 })
  }
  const consumer = ourJudge(['consume', ...where, '--group', 'JavaToOurs', '--expect', '20000', '--idle-ms', '2000'])
  expect(await consumer.done).toMatchObject({ received: 20_000, unique: 20_000, duplicates: 0 })
})

test.skipIf(!kit.available)(
  'two Java consumers and two of ours share a group; when one of each is killed nothing is lost',
  async () => {
    const where = ['--namesrv', server.namesrvAddress, '--topic', 'Mixed']
    const consume = ['consume', ...where, '--group', 'Mixed', '--timeout-ms', '110000']
    await ourJudge(['produce', ...where, '--prefix', 'early', '--count', '40']).done
    const members: Judge[] = [
      judge(kit as JavaReady, '5.3.3', [...consume, '--stream']),
      judge(kit as JavaReady, '4.9.4', [...consume, '--stream']),
      ourJudge(consume),
      ourJudge(consume),
    ]
    await Promise.all(members.map((member) => member.ready))
    const producer = ourJudge([
      'produce',
      ...where,
      '--prefix',
      'flow',
      '--count',
      '6000',
      '--in-flight',
      '4',
      '--pause-ms',
      '5',
    ])
    const flowing = (member: Judge): string[] => member.ids().filter((id) => id.startsWith('flow-'))
    // All four work: eight queues are not enough for four only if somebody has none.
    for (const member of members) await member.until(() => flowing(member).length >= 50, 60_000)
    members[1]?.kill('SIGKILL')
    members[3]?.kill('SIGKILL')
    expect(await producer.done).toMatchObject({ sent: 6000, failed: 0 })
    const seen = (): Set<string> => new Set(members.flatMap(flowing))
    await expect.poll(() => seen().size, { timeout: 60_000 }).toBe(6000)
    for (const member of [members[0], members[2]]) member?.kill('SIGTERM')
    expect(await members[2]?.done).toMatchObject({ stoppedBySignal: true })
  },
)
