import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { seededRandom } from '../random/index.ts'
import { type Files, nodeFiles, SimulatedFiles } from './index.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'rocketstream-files-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

describe.each([
  ['of the machine', () => nodeFiles],
  ['simulated', () => new SimulatedFiles()],
])('files %s', (_, make: () => Files) => {
  let files: Files
  beforeEach(() => {
    files = make()
    files.makeDirectory(root)
  })

  test('are opened, grown, written at positions, read and listed', async () => {
    const path = join(root, 'a')
    expect(() => files.open(path)).toThrow(expect.objectContaining({ code: 'ENOENT' }))
    const file = files.open(path, { create: true })
    file.setBytes(10_000)
    file.writeSync(Buffer.from('hello'), 4094)
    const into = Buffer.alloc(7)
    expect(await file.read(into, 4093)).toBe(7)
    expect(into.toString()).toBe('\0hello\0')
    expect(file.readSync(into, 9_998)).toBe(2)
    expect(file.readSync(into, 20_000)).toBe(0)
    await file.datasync()
    file.close()
    files.makeDirectory(join(root, 'b', 'c'))
    expect(files.list(root)).toEqual([
      { name: 'a', isDirectory: false },
      { name: 'b', isDirectory: true },
    ])
    expect(files.list(join(root, 'none'))).toEqual([])
    expect(files.facts(path)).toMatchObject({ bytes: 10_000, isDirectory: false })
    expect(files.facts(join(root, 'b'))).toMatchObject({ isDirectory: true })
    expect(files.facts(join(root, 'none'))).toBeUndefined()
  })

  test('read as zeros where they were cut and grown again', () => {
    const file = files.open(join(root, 'a'), { create: true })
    file.writeSync(Buffer.alloc(9000, 7), 0)
    file.setBytes(5000)
    file.setBytes(9000)
    const into = Buffer.alloc(9000)
    file.readSync(into, 0)
    expect([into[4999], into[5000], into[8999]]).toEqual([7, 0, 0])
    file.close()
  })

  test('are written whole, copied, renamed and removed', async () => {
    const [a, b] = [join(root, 'a'), join(root, 'b')]
    files.writeWhole(a, 'long text')
    files.writeWhole(a, 'text')
    files.copy(a, b)
    files.rename(a, join(root, 'c'))
    expect(files.readWhole(a)).toBeUndefined()
    expect(files.readWhole(b)?.toString()).toBe('text')
    files.remove(join(root, 'none'))
    await files.syncDirectory(root)
    await expect(async () => files.syncDirectory(join(root, 'none'))).rejects.toMatchObject({ code: 'ENOENT' })
    files.remove(root)
    expect(files.facts(b)).toBeUndefined()
  })
})

describe('a loss of power', () => {
  const SEEDS = 200
  const byte = (files: Files, path: string, at: number): number | undefined => files.readWhole(path)?.[at]

  test('leaves any state of each sector since the last sync, and nothing else', async () => {
    const files = new SimulatedFiles()
    const file = files.open('/f', { create: true })
    file.writeSync(Buffer.alloc(40 * 512, 1), 0)
    await file.datasync()
    await files.syncDirectory('/')
    file.writeSync(Buffer.alloc(20 * 512, 2), 20 * 512)
    file.writeSync(Buffer.alloc(20 * 512, 3), 20 * 512)
    const seen = new Set<string>()
    for (let seed = 0; seed < SEEDS; seed++) {
      const after = files.losePower(seededRandom(seed))
      for (let sector = 0; sector < 20; sector++) expect(byte(after, '/f', sector * 512)).toBe(1)
      seen.add(Array.from({ length: 20 }, (_, sector) => byte(after, '/f', (20 + sector) * 512)).join(''))
    }
    expect(new Set([...seen].join(''))).toEqual(new Set(['1', '2', '3']))
    expect(seen).toContain('1'.repeat(20))
    expect(seen).toContain('3'.repeat(20))
    expect(byte(files, '/f', 30 * 512)).toBe(3)
  })

  test('leaves any length since the last sync, and what a sync that still runs may have brought', async () => {
    const files = new SimulatedFiles()
    const file = files.open('/f', { create: true })
    await files.syncDirectory('/')
    file.setBytes(4096)
    file.writeSync(Buffer.from('x'), 0)
    await file.datasync()
    file.setBytes(10)
    file.setBytes(4096)
    const running = file.datasync()
    const lengths = new Set<number | undefined>()
    for (let seed = 0; seed < SEEDS; seed++) lengths.add(files.losePower(seededRandom(seed)).facts('/f')?.bytes)
    expect(lengths).toEqual(new Set([4096, 10]))
    await running
    for (let seed = 0; seed < SEEDS; seed++) {
      expect(files.losePower(seededRandom(seed)).facts('/f')?.bytes).toBe(4096)
    }
  })

  test('undoes changes of names whose directory was not synced, a rename as a whole', async () => {
    const files = new SimulatedFiles()
    files.makeDirectory('/d')
    files.writeWhole('/d/old', 'old')
    await files.open('/d/old').datasync()
    const present = (): Set<string> => {
      const seen = new Set<string>()
      for (let seed = 0; seed < SEEDS; seed++) {
        const after = files.losePower(seededRandom(seed))
        seen.add(
          after
            .list('/d')
            .map(({ name }) => name)
            .join(),
        )
      }
      return seen
    }
    expect(present()).toEqual(new Set(['', 'old']))
    await files.syncDirectory('/d')
    expect(present()).toEqual(new Set(['', 'old']))
    await files.syncDirectory('/')
    expect(present()).toEqual(new Set(['old']))
    files.rename('/d/old', '/d/new')
    expect(present()).toEqual(new Set(['old', 'new']))
    await files.syncDirectory('/d')
    files.remove('/d/new')
    expect(present()).toEqual(new Set(['', 'new']))
    await files.syncDirectory('/d')
    expect(present()).toEqual(new Set(['']))
    // What a kill leaves is not more durable than before.
    files.writeWhole('/d/late', '')
    const killed = files.copyAll()
    const seen = Array.from({ length: SEEDS }, (_, seed) => killed.losePower(seededRandom(seed)).facts('/d/late'))
    expect(new Set(seen.map((facts) => facts !== undefined))).toEqual(new Set([true, false]))
  })
})

test('a read that is still running keeps a closed file open', async () => {
  const file = nodeFiles.open(join(root, 'a'), { create: true })
  file.writeSync(Buffer.from('abc'), 0)
  const into = Buffer.alloc(3)
  const reading = file.read(into, 0)
  file.close()
  expect(await reading).toBe(3)
  expect(into.toString()).toBe('abc')
})

test('a simulated disk has the room it was given: writes into holes need some of it, others none', () => {
  const files = new SimulatedFiles()
  files.makeDirectory('/d')
  files.roomBytes = 3 * 4096
  const file = files.open('/d/a', { create: true })
  file.setBytes(10 * 4096)
  file.writeSync(Buffer.alloc(2 * 4096, 1), 0)
  expect(files.space('/d')).toEqual({ totalBytes: 3 * 4096, freeBytes: 4096, usableBytes: 4096 })
  expect(() => file.writeSync(Buffer.alloc(2 * 4096, 2), 4 * 4096)).toThrow(expect.objectContaining({ code: 'ENOSPC' }))
  const into = Buffer.alloc(2 * 4096)
  file.readSync(into, 4 * 4096)
  // The part that fitted was written, as on a real disk.
  expect([into[0], into[4096]]).toEqual([2, 0])
  file.writeSync(Buffer.alloc(2 * 4096, 3), 0)
  files.remove('/d/a')
  expect(files.space('/d').freeBytes).toBe(3 * 4096)
})

test('simulated files carry the time of a clock when they have one, and later changes are later', () => {
  const files = new SimulatedFiles()
  files.makeDirectory('/d')
  files.clock = { now: () => 1_700_000_000_000 }
  files.writeWhole('/d/a', 'a')
  files.writeWhole('/d/b', 'b')
  const [a = 0, b = 0] = ['/d/a', '/d/b'].map((path) => files.facts(path)?.modifiedMs)
  expect(Math.floor(a)).toBe(1_700_000_000_000)
  expect(b).toBeGreaterThan(a)
})
