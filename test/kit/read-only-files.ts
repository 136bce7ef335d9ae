import type { Files } from '../../src/base/files/index.ts'

/** The same files for a reader: whatever would change one of them throws. */
export function readOnlyFiles(files: Files): Files {
  const refuse = (call: string) => (): never => {
    throw new Error(`${call} changes the disk`)
  }
  return {
    list: (directory) => files.list(directory),
    facts: (path) => files.facts(path),
    readWhole: (path) => files.readWhole(path),
    space: (directory) => files.space(directory),
    open(path, options) {
      if (options?.readOnly !== true) return refuse(`opening ${path} for writing`)()
      const file = files.open(path, options)
      return {
        path,
        bytes: () => file.bytes(),
        read: (into, position) => file.read(into, position),
        readSync: (into, position) => file.readSync(into, position),
        close: () => file.close(),
        writeSync: refuse('writeSync'),
        setBytes: refuse('setBytes'),
        datasync: refuse('datasync'),
        datasyncSync: refuse('datasyncSync'),
      }
    },
    makeDirectory: refuse('makeDirectory'),
    writeWhole: refuse('writeWhole'),
    writeNew: refuse('writeNew'),
    linkWhileAlive: refuse('linkWhileAlive'),
    copy: refuse('copy'),
    rename: refuse('rename'),
    remove: refuse('remove'),
    syncDirectory: refuse('syncDirectory'),
  }
}
