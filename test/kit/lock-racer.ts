/**
 * Opens a store in each directory that it is told on its standard input, says `open <directory>` or the code of the
 * error, and closes it when it is told the next one: several of these at once race for the same directories.
 */
import { createInterface } from 'node:readline'
import { codeOf } from '../../src/base/errors/index.ts'
import { type MessageStore, openStore, storeConfig } from '../../src/store/index.ts'

let store: MessageStore | undefined
process.stdout.write('ready\n')
for await (const storePathRootDir of createInterface(process.stdin)) {
  await store?.[Symbol.asyncDispose]()
  store = undefined
  try {
    store = await openStore(storeConfig.with({ storePathRootDir, mappedFileSizeCommitLog: 4096 }))
    process.stdout.write(`open ${storePathRootDir}\n`)
  } catch (failure) {
    process.stdout.write(`${codeOf(failure)} ${storePathRootDir}\n`)
  }
}
await store?.[Symbol.asyncDispose]()
