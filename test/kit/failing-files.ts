import { toError } from '../../src/base/errors/index.ts'
import { type DiskSpace, type FileCall, type Files, nodeFiles, type OpenFile } from '../../src/base/files/index.ts'

/** The machine's files on a disk that a test fills up and breaks. */
export interface FailingFiles extends Files {
  /** The code of the error that a call is to throw, `undefined` for none. */
  fault: (call: FileCall, path: string) => string | undefined
  /** Percent of the disk that counts as used; `undefined`: the truth. */
  usedPercent: number | undefined
  /** Awaited by every read that may wait. */
  beforeRead: () => Promise<void>
}

/** @see FailingFiles */
export function failingFiles(): FailingFiles {
  const check = (call: FileCall, path: string): void => {
    const code = files.fault(call, path)
    if (code !== undefined) throw Object.assign(toError(`${code}: made to fail, ${call} '${path}'`), { code, path })
  }
  const files: FailingFiles = {
    ...nodeFiles,
    fault: () => undefined,
    usedPercent: undefined,
    beforeRead: async () => undefined,
    open(path, options) {
      check('open', path)
      return failingFile(nodeFiles.open(path, options), files, (call) => check(call, path))
    },
    writeWhole(path, content) {
      check('write', path)
      nodeFiles.writeWhole(path, content)
    },
    copy(from, to) {
      check('write', to)
      nodeFiles.copy(from, to)
    },
    remove(path) {
      check('remove', path)
      nodeFiles.remove(path)
    },
    space(directory): DiskSpace {
      if (files.usedPercent === undefined) return nodeFiles.space(directory)
      const freeBytes = 1000 - files.usedPercent * 10
      return { totalBytes: 1000, freeBytes, usableBytes: freeBytes }
    },
  }
  return files
}

function failingFile(
  file: OpenFile,
  files: Pick<FailingFiles, 'beforeRead'>,
  check: (call: FileCall) => void,
): OpenFile {
  return {
    path: file.path,
    bytes: () => file.bytes(),
    async read(into, position) {
      await files.beforeRead()
      return file.read(into, position)
    },
    readSync: (into, position) => file.readSync(into, position),
    writeSync(bytes, position) {
      check('write')
      file.writeSync(bytes, position)
    },
    setBytes(bytes) {
      check('resize')
      file.setBytes(bytes)
    },
    async datasync() {
      check('sync')
      await file.datasync()
    },
    datasyncSync() {
      check('sync')
      file.datasyncSync()
    },
    close: () => file.close(),
  }
}
