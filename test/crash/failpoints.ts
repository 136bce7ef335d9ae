import { relative } from 'node:path'
import type { Files, OpenFile } from '../../src/base/files/index.ts'

/** When a store is killed: before a call, after it, or when half of the bytes were written. */
export type Moment = 'before' | 'torn' | 'after'

/** What the store is doing. */
export type Phase = 'opening' | 'working' | 'closing'

/** Kernels stop a write of a dying process between pages, disks between sectors. */
const SECTOR_BYTES = 512

/** Which part of a store a path belongs to, by its beginning below the store's directory. */
const PARTS: readonly (readonly [beginning: string, part: string])[] = [
  ['commitlog/in-use-by', 'in-use mark'],
  ['commitlog', 'log'],
  ['consumequeue', 'queue'],
  ['batchconsumequeue', 'queue'],
  ['damaged', 'saved part'],
  ['index', 'index'],
  ['checkpoint', 'checkpoint'],
  ['abort', 'abort'],
  ['clean-stop.rocketstream', 'clean-stop note'],
  ['dropped-topics.rocketstream', 'dropped-topics note'],
  ['dropped-topic.rocketstream', 'dropped folder'],
  ['lock', 'lock'],
]

/**
 * Files that tell `passed` the name of every change before and after it is made, and in its middle:
 * `<part> <call> <moment>`, such as `log write torn`. Nothing reaches the disk but through these, so the names are all
 * the places where a crash can make a difference, and the store itself needs no hooks for it.
 */
export function watchFiles(files: Files, root: string, passed: (point: string) => void): Files {
  const around = <Value>(path: string, call: string, work: () => Value): Value => {
    const name = `${partOf(root, path)} ${call}`
    passed(`${name} before`)
    const value = work()
    passed(`${name} after`)
    return value
  }
  const aroundAsync = async (path: string, call: string, work: () => Promise<void>): Promise<void> => {
    const name = `${partOf(root, path)} ${call}`
    passed(`${name} before`)
    await work()
    passed(`${name} after`)
  }
  const watch = (file: OpenFile): OpenFile => ({
    path: file.path,
    bytes: () => file.bytes(),
    read: (into, position) => file.read(into, position),
    readSync: (into, position) => file.readSync(into, position),
    writeSync(bytes, position) {
      const name = `${partOf(root, file.path)} write`
      passed(`${name} before`)
      const middle = position + bytes.length / 2
      const half = Math.max(0, middle - (middle % SECTOR_BYTES) - position)
      if (half > 0) {
        file.writeSync(bytes.subarray(0, half), position)
        passed(`${name} torn`)
      }
      file.writeSync(bytes.subarray(half), position + half)
      passed(`${name} after`)
    },
    setBytes: (bytes) => around(file.path, bytes < file.bytes() ? 'cut' : 'grow', () => file.setBytes(bytes)),
    datasync: () => aroundAsync(file.path, 'sync', () => file.datasync()),
    datasyncSync: () => around(file.path, 'sync', () => file.datasyncSync()),
    close: () => file.close(),
  })
  const exists = (path: string): boolean => files.facts(path) !== undefined
  return {
    open(path, options) {
      const isNew = options?.create === true && !exists(path)
      return watch(isNew ? around(path, 'make', () => files.open(path, options)) : files.open(path, options))
    },
    list: (directory) => files.list(directory),
    makeDirectory(path) {
      if (exists(path)) return
      around(path, 'make folder', () => files.makeDirectory(path))
    },
    facts: (path) => files.facts(path),
    readWhole: (path) => files.readWhole(path),
    writeWhole(path, content) {
      const name = `${partOf(root, path)} write whole`
      passed(`${name} before`)
      files.writeWhole(path, Buffer.from(content).subarray(0, content.length / 2))
      passed(`${name} torn`)
      files.writeWhole(path, content)
      passed(`${name} after`)
    },
    writeNew(path, content) {
      if (exists(path)) return false
      return around(path, 'make whole', () => files.writeNew(path, content))
    },
    linkWhileAlive: (path, target) => around(path, 'link', () => files.linkWhileAlive(path, target)),
    copy: (from, to) => around(to, 'copy', () => files.copy(from, to)),
    rename: (from, to) => around(to, 'rename', () => files.rename(from, to)),
    remove(path) {
      if (exists(path)) around(path, 'remove', () => files.remove(path))
    },
    space: (directory) => files.space(directory),
    syncDirectory: (path) => aroundAsync(path, 'sync names', () => files.syncDirectory(path)),
  }
}

function partOf(root: string, path: string): string {
  const below = relative(root, path)
  if (below === '' || below.startsWith('..')) return 'store'
  return PARTS.find(([beginning]) => below.startsWith(beginning))?.[1] ?? below
}
