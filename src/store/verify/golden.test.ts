import { expect, test } from 'vitest'
import { type GoldenName, goldenManifest, writeGoldenStore } from '../../../test/kit/golden-stores.ts'
import { readOnlyFiles } from '../../../test/kit/read-only-files.ts'
import { SimulatedFiles } from '../../base/files/index.ts'
import { type VerifiedStore, verifyStore } from '../index.ts'

/** Sizes are found from the files; whatever would change the disk throws. */
async function verified(name: GoldenName): Promise<VerifiedStore> {
  const files = new SimulatedFiles()
  writeGoldenStore(name, files, '/golden')
  return verifyStore('/golden', {}, readOnlyFiles(files))
}

interface Manifest {
  readonly messages: readonly unknown[]
  readonly commitLog: { readonly endOfValidData: number }
  readonly consumeQueues: readonly { readonly topic: string; readonly entries: readonly unknown[] }[]
}

test.each(['a-clean', 'c-small-files', 'f-ipv6', 'g-lmq-cqext'] as const)(
  'a directory that Apache’s broker left after a clean stop has no problems: %s',
  async (name) => {
    const { isClean, problems, pending, records, maxPhysicalOffset } = await verified(name)
    expect({ isClean, problems, pending }).toEqual({ isClean: true, problems: [], pending: [] })
    const manifest = goldenManifest(name) as Manifest
    expect(maxPhysicalOffset).toBe(manifest.commitLog.endOfValidData)
    expect(records).toBe(manifest.messages.length)
  },
)

test.each([
  ['e-ha-master', 199],
  ['e-ha-slave', 79],
  ['e-autoswitch-master', 31],
] as const)('master and slave of Apache’s have no problems: %s', async (name, records) => {
  expect(await verified(name)).toMatchObject({ records, entries: records, isClean: true, problems: [], pending: [] })
})

test.each(['b-kill9', 'd4-empty-next-file', 'd6-no-checkpoint'] as const)(
  'what Apache’s broker leaves when it is killed is in order, though it was no clean stop: %s',
  async (name) => {
    const found = { records: 479, entries: 479, indexedKeys: 969, isClean: false, problems: [], pending: [] }
    expect(await verified(name)).toMatchObject(found)
  },
)

/** All of these lack messages of which the checkpoint knows that they were on the disk. */
const lacks = (newest: number): string =>
  `checkpoint: the log had messages up to the time 1795230670292, the newest in the log is of ${newest}`

test('a torn tail is mended by the next start, but what was known to be on the disk is missed', async () => {
  expect(await verified('d1-zeroed-tail')).toMatchObject({
    records: 469,
    maxPhysicalOffset: 1_422_381,
    problems: [lacks(1_795_230_670_280)],
    pending: [
      'the log ends at 1422381 in something that is no record; the next start cuts it off',
      'index: 20 entries point behind the end of the log',
      'GoldenTopicB/0: 5 entries up to 212 point behind the end of the log',
      'GoldenTopicB/1: 5 entries up to 212 point behind the end of the log',
    ],
  })
  const garbage = await verified('d7-garbage-tail')
  expect(garbage).toMatchObject({ records: 471, problems: [lacks(1_795_230_670_282)] })
  expect(garbage.pending[0]).toBe('the log ends at 1425911 in something that is no record; the next start cuts it off')
})

test('a damaged record with sound ones behind it is a problem', async () => {
  const { problems } = await verified('d2-bit-flip')
  expect(problems).toEqual([
    'log position 1404731: neither a sound record nor the end of the log',
    'behind that, from log position 1406496 on, lie 19 sound records that can no longer be read',
    'the log ends at 1404731, but there is a file from 2097152 on',
    lacks(1_795_230_670_265),
  ])
})

test('a short log file is a problem, and read as far as it goes', async () => {
  const { problems, records } = await verified('d3-short-file')
  expect(problems).toEqual([
    '/golden/commitlog/00000000000001048576 has 382730 bytes, not 1048576',
    lacks(1_795_230_670_286),
  ])
  expect(records).toBe(474)
})

test('queues that are lost after a kill are made by the next start', async () => {
  const { problems, pending } = await verified('d5-lost-consume-queues')
  expect(problems).toEqual([])
  expect(pending).toContain('GoldenTopicB/1: 213 records have no queue yet')
  expect(pending).toHaveLength(6)
})
