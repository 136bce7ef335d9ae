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

  test('are written whole, copied, renamed and removed', () => {
    const [a, b] = [join(root, 'a'), join(root, 'b')]
    files.writeWhole(a, 'long text')
    files.writeWhole(a, 'text')
    files.copy(a, b)
    files.rename(a, join(root, 'c'))
    expect(files.readWhole(a)).toBeUndefined()
    expect(files.readWhole(b)?.toString()).toBe('text')
    files.remove(join(root, 'none'))
    files.syncDirectory(root)
    files.remove(root)
    expect(files.facts(b)).toBeUndefined()
  })
})

test('a loss of power takes what was not synced, page by page, and nothing else', async () => {
  const files = new SimulatedFiles()
  const file = files.open('/f', { create: true })
  file.writeSync(Buffer.alloc(40 * 4096, 1), 0)
  await file.datasync()
  file.writeSync(Buffer.alloc(40 * 4096, 2), 20 * 4096)
  const after = files.losePower(seededRandom(5)).readWhole('/f') ?? Buffer.alloc(0)
  const pages = Array.from({ length: 60 }, (_, page) => after[page * 4096])
  expect(pages.slice(0, 20)).toEqual(new Array(20).fill(1))
  expect(new Set(pages.slice(20, 40))).toEqual(new Set([1, 2]))
  expect(new Set(pages.slice(40))).toEqual(new Set([0, 2]))
  expect(files.readWhole('/f')?.[50 * 4096]).toBe(2)
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
