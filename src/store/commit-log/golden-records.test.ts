import { expect, test } from 'vitest'
import { type GoldenName, writeGoldenStore } from '../../../test/kit/golden-stores.ts'
import { writeAgain } from '../../../test/kit/record-again.ts'
import { SimulatedFiles } from '../../base/files/index.ts'
import { RECORD, SYS_FLAG } from '../../message/index.ts'
import { OpenFiles } from '../segments/open-files.ts'
import { SegmentFiles } from '../segments/segment-files.ts'
import { scanRecords } from './scan.ts'

// All records of real directories, of all forms that there are: both versions, IPv6, compressed, half, batches.
const STORES: readonly (readonly [GoldenName, fileBytes: number])[] = [
  ['a-clean', 1024 * 1024 * 1024],
  ['b-kill9', 1024 * 1024],
  ['c-small-files', 1024 * 1024],
  ['e-ha-master', 1024 * 1024],
  ['e-ha-slave', 1024 * 1024],
  ['f-ipv6', 1024 * 1024],
  ['g-lmq-cqext', 1024 * 1024],
]

const forms = new Map<string, number>()

test.each(STORES)('each record of Apache’s broker is written again byte for byte (%s)', async (name, fileBytes) => {
  const files = new SimulatedFiles()
  writeGoldenStore(name, files, '/store')
  const open = new OpenFiles(files, 16)
  const log = SegmentFiles.load({ directory: '/store/commitlog', fileBytes, setting: 'size' }, open)
  let records = 0
  await scanRecords(log, log.start, 'body', (bytes, at, size) => {
    records++
    if (!writeAgain(bytes, at).equals(bytes.subarray(at, at + size))) throw new Error(`record ${records} differs`)
    const sysFlag = bytes.readInt32BE(at + RECORD.sysFlag)
    count(`version ${bytes[at + RECORD.magic + 3] === 0xab ? 2 : 1}`)
    for (const [form, bit] of Object.entries(SYS_FLAG)) if ((sysFlag & bit) !== 0) count(form)
    return true
  })
  open.closeAll()
  expect(records).toBeGreaterThan(50)
})

test('among them are all forms that differ', () => {
  const wanted = ['version 1', 'version 2', 'compressed', 'bornHostV6', 'storeHostV6', 'innerBatch', 'needUnwrap']
  const rare = ['transactionCommit', 'compressionLz4', 'compressionZstd']
  expect([...wanted, ...rare].filter((form) => !forms.has(form))).toEqual([])
})

function count(form: string): void {
  forms.set(form, (forms.get(form) ?? 0) + 1)
}
