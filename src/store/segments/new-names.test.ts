import { expect, test } from 'vitest'
import { nextTurn } from '../../../test/kit/store.ts'
import { type Deferred, deferred } from '../../base/async/index.ts'
import { SimulatedFiles } from '../../base/files/index.ts'
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
