import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { type GoldenName, goldenManifest, writeGoldenStore } from '../../../test/kit/golden-stores.ts'
import { readOnlyFiles } from '../../../test/kit/read-only-files.ts'
import { appendTexts, openSmall, SMALL, STORE, textsOf } from '../../../test/kit/store.ts'
import { type Files, SimulatedFiles } from '../../base/files/index.ts'
import {
  type DumpedRecord,
  type DumpItem,
  type DumpOptions,
  type DumpRequest,
  dumpStore,
  verifyStore,
} from '../index.ts'

interface Manifest {
  readonly messages: readonly {
    readonly commitLogOffset: number
    readonly topic: string
    readonly queueId: number
    readonly queueOffset: number
    readonly sysFlag: number
    readonly bodySha256: string
    readonly msgId: string
    readonly uniqKey: string
    readonly properties: Readonly<Record<string, string>>
    readonly inConsumeQueue: boolean
  }[]
  readonly index: {
    readonly files: readonly unknown[]
    readonly queries: readonly {
      readonly topic: string
      readonly key: string
      readonly begin: number
      readonly end: number | string
      readonly maxNum: number
      readonly phyOffsets: readonly number[]
    }[]
  }
}

function golden(name: GoldenName): { readonly files: Files; readonly manifest: Manifest } {
  const files = new SimulatedFiles()
  writeGoldenStore(name, files, '/golden')
  return { files: readOnlyFiles(files), manifest: goldenManifest(name) as Manifest }
}

async function dumped(
  files: Files,
  request: DumpRequest,
  directory = '/golden',
  options: DumpOptions = {},
): Promise<DumpItem[]> {
  const items: DumpItem[] = []
  for await (const item of dumpStore(directory, request, options, files)) items.push(item)
  return items
}

const records = (items: readonly DumpItem[]): DumpedRecord[] => items.filter((item) => item.kind === 'record')
const positions = (items: readonly DumpItem[]): number[] => records(items).map(({ position }) => position)

test.each(['a-clean', 'c-small-files', 'f-ipv6', 'g-lmq-cqext'] as const)(
  'the log shows every record of a directory of Apache’s broker: %s',
  async (name) => {
    const { files, manifest } = golden(name)
    const items = await dumped(files, { show: 'log' })
    expect(items.filter(({ kind }) => kind !== 'record')).toEqual([])
    const shown = records(items).map(({ body, ...rest }) => {
      const { position: commitLogOffset, topic, queueId, queueOffset, sysFlag, messageId, properties } = rest
      const bodySha256 = createHash('sha256').update(body).digest('hex')
      const { offsetMessageId: msgId } = rest
      return { commitLogOffset, topic, queueId, queueOffset, sysFlag, msgId, messageId, properties, bodySha256 }
    })
    expect(shown).toEqual(
      manifest.messages.map(({ commitLogOffset, topic, queueId, queueOffset, sysFlag, properties, ...rest }) => {
        const { msgId, uniqKey, bodySha256 } = rest
        return {
          commitLogOffset,
          topic,
          queueId,
          queueOffset,
          sysFlag,
          msgId,
          messageId: uniqKey ?? msgId,
          properties,
          bodySha256,
        }
      }),
    )
  },
)

test('queues show their messages in order, one queue or all of a topic, from an offset on', async () => {
  const { files, manifest } = golden('c-small-files')
  const wanted = manifest.messages.filter(({ topic, inConsumeQueue }) => topic === 'GoldenTopicA' && inConsumeQueue)
  const ofQueue = (id: number): number[] =>
    wanted.filter(({ queueId }) => queueId === id).map(({ commitLogOffset }) => commitLogOffset)
  const all = await dumped(files, { show: 'queue', topic: 'GoldenTopicA' })
  expect(positions(all)).toEqual([0, 1, 2, 3].flatMap(ofQueue))
  const some = await dumped(files, { show: 'queue', topic: 'GoldenTopicA', queueId: 3, from: 2 })
  expect(positions(some)).toEqual(ofQueue(3).slice(2))
  expect(await dumped(files, { show: 'queue', topic: 'None' })).toEqual([])
})

test.each(['a-clean', 'b-kill9', 'c-small-files'] as const)(
  'keys are found as Apache’s broker finds them: %s',
  async (name) => {
    const { files, manifest } = golden(name)
    for (const { topic, key, begin, end, maxNum, phyOffsets } of manifest.index.queries) {
      if (begin !== 0 || Number(end) < 2 ** 53 || phyOffsets.length === maxNum) continue
      const found = positions(await dumped(files, { show: 'key', topic, key }))
      // After a kill it drops the index of what its recovery does not read again; here it is still there.
      if (name === 'b-kill9') expect(found, `${topic}#${key}`).toEqual(expect.arrayContaining([...phyOffsets]))
      else expect(found, `${topic}#${key}`).toEqual(phyOffsets)
    }
  },
)

test('a message is found by both of its ids', async () => {
  const { files, manifest } = golden('f-ipv6')
  const { msgId, uniqKey, commitLogOffset } = manifest.messages[3] as Manifest['messages'][number]
  for (const messageId of [msgId, msgId.toLowerCase(), uniqKey]) {
    expect(positions(await dumped(files, { show: 'message', messageId }))).toEqual([commitLogOffset])
  }
  expect(await dumped(files, { show: 'message', messageId: 'nothing' })).toEqual([])
})

test('the summary of a directory has everything at a glance', async () => {
  const { files } = golden('c-small-files')
  const [summary] = await dumped(files, { show: 'summary' })
  await expect(`${JSON.stringify(summary, undefined, 2)}\n`).toMatchFileSnapshot(
    '../../../test/golden/summary-c-small-files.json',
  )
  expect(await dumped(files, { show: 'index' })).toHaveLength(3)
  expect(await dumped(files, { show: 'checkpoint' })).toMatchObject([{ kind: 'checkpoint', bytes: 4096 }])
})

test('a damaged place is shown as a gap, and what lies behind it is shown', async () => {
  const { files } = golden('d2-bit-flip')
  const items = await dumped(files, { show: 'log', from: 1_402_966 })
  expect(items[0]).toMatchObject({ kind: 'record', position: 1_402_966 })
  expect(items[1]).toEqual({ kind: 'gap', position: 1_404_731, next: 1_406_496 })
  expect(records(items.slice(2))).toHaveLength(19)
  const middle = await dumped(files, { show: 'log', from: 5 })
  expect(middle[0]).toEqual({ kind: 'gap', position: 5, next: 313 })
  const queue = await dumped(files, { show: 'queue', topic: 'GoldenTopicB', queueId: 0, from: 202 })
  expect(queue).toContainEqual(expect.objectContaining({ kind: 'entry', physicalOffset: 1_404_731 }))
})

test('a part of the log that recovery saved is shown from the damage on', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files)
  await appendTexts(store, textsOf('m', 120))
  const killed = files.copyAll()
  await store[Symbol.asyncDispose]()
  const path = `${STORE}/commitlog/00000000000000004096`
  const log = killed.readWhole(path) ?? Buffer.alloc(0)
  const first = log.readInt32BE(0)
  log.fill(0xee, first + 88, first + 90)
  killed.writeWhole(path, log)
  killed.remove(`${STORE}/checkpoint`)
  await (await openSmall(killed))[Symbol.asyncDispose]()
  const [summary] = await dumped(readOnlyFiles(killed), { show: 'summary' }, STORE)
  const part = { path: `${STORE}/damaged/${String(4096 + first).padStart(20, '0')}`, start: 4096 + first }
  expect(summary).toMatchObject({ kind: 'summary', log: { end: part.start }, damaged: [part] })
  const items = await dumped(readOnlyFiles(killed), { show: 'log' }, part.path)
  expect(items[0]).toMatchObject({ kind: 'gap', position: part.start })
  const texts = records(items).map(({ body }) => body.toString())
  const lost = 120 - texts.length
  expect(texts).toEqual(textsOf('m', 120).slice(lost))
  const left = records(await dumped(readOnlyFiles(killed), { show: 'log' }, STORE))
  // But for the damaged one nothing is missing.
  expect(left.map(({ body }) => body.toString())).toEqual(textsOf('m', 120).slice(0, lost - 1))
})

test('a store in use is refused but for its summary', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files)
  await appendTexts(store, ['one', 'two'])
  const looking = { show: 'log' } as const
  await expect(dumped(files, looking, STORE)).rejects.toMatchObject({ code: 'RMQ_STORE_LOCKED' })
  expect(await dumped(files, { show: 'summary' }, STORE)).toMatchObject([{ state: { isClean: false } }])
  expect(records(await dumped(files, looking, STORE, { evenInUse: true }))).toHaveLength(2)
  await store[Symbol.asyncDispose]()
  expect((await verifyStore(STORE, SMALL, files)).problems).toEqual([])
})
