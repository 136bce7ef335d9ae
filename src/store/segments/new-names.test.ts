import { expect, test } from 'vitest'
import { nextTurn } from '../../../test/kit/store.ts'
import { type Deferred, deferred } from '../../base/async/index.ts'
import { SimulatedFiles } from '../../base/files/index.ts'
import { seededRandom } from '../../base/random/index.ts'
import { NewNames } from './new-names.ts'

function gatedNames(): { names: NewNames; syncs: Deferred<void>[] } {
  const files = new SimulatedFiles()
  files.makeDirectory('/a/b')
  const syncs: Deferred<void>[] = []
  files.beforeSync = () => {
    const gate = deferred()
    syncs.push(gate)
    return gate.promise
  }
  return { names: new NewNames(files), syncs }
}

test('who needs a name that somebody else is bringing to the disk waits for it as well', async () => {
  const { names, syncs } = gatedNames()
  names.changed('/a')
  const ended: string[] = []
  const all = names.sync().then(() => ended.push('all'))
  const below = names.sync('/a/b').then(() => ended.push('below'))
  const elsewhere = names.sync('/c').then(() => ended.push('elsewhere'))
  await nextTurn()
  expect([ended, syncs.length]).toEqual([['elsewhere'], 1])
  syncs[0]?.resolve()
  await Promise.all([all, below, elsewhere])
  await names.sync()
  expect(syncs).toHaveLength(1)
})

test('who waits for a sync that fails is told so, and the next one tries again', async () => {
  const { names, syncs } = gatedNames()
  names.changed('/a')
  const outcomes = Promise.allSettled([names.sync(), names.sync('/a')])
  await nextTurn()
  syncs[0]?.reject(new RangeError('the disk refuses'))
  expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  const again = names.sync('/a')
  await nextTurn()
  expect(syncs).toHaveLength(2)
  syncs[1]?.resolve()
  await again
})

test('names leading into a directory are those in all above it, the root included', async () => {
  const files = new SimulatedFiles()
  const names = new NewNames(files)
  names.makeDirectory('/disk/log')
  names.makeDirectory('/diskette')
  await names.sync('/disk/log')
  const lost = files.losePower(seededRandom(1))
  expect(lost.facts('/disk/log')?.isDirectory).toBe(true)
  const synced: string[] = []
  files.beforeSync = async (path) => void synced.push(path)
  await names.sync()
  expect(synced).toEqual([])
})

test('of what lies above a store and may be new, that which can be synced is', async () => {
  const files = new SimulatedFiles()
  files.makeDirectory('/a/b/store')
  const names = new NewNames(files)
  const refusing = new Set(['/a'])
  const synced: string[] = []
  files.beforeSync = async (path) => void synced.push(path)
  files.fault = (call, path) => (call === 'sync' && refusing.has(path) ? 'EINVAL' : undefined)
  names.changedToTop('/a/b/store')
  await names.sync()
  expect(synced).toEqual(['/a/b/store', '/a/b', '/a', '/'])
  await names.sync()
  expect(synced).toHaveLength(4)
  refusing.add('/a/b/store')
  names.changedToTop('/a/b/store')
  await expect(names.sync()).rejects.toMatchObject({ code: 'EINVAL' })
})
