/**
 * A program to be killed: opens the store in a directory, appends numbered messages without end and prints the number
 * of each one that was answered.
 *
 *     node --import tsx test/kit/store-writer.ts <directory> <ASYNC_FLUSH|SYNC_FLUSH>
 */
import { openStore, storeConfig } from '../../src/store/index.ts'
import { message } from './store.ts'

const GROUP = 20

const [directory = '', mode] = process.argv.slice(2)
const flushDiskType = mode === 'SYNC_FLUSH' ? 'SYNC_FLUSH' : 'ASYNC_FLUSH'
const store = await openStore(
  storeConfig.with({ storePathRootDir: directory, flushDiskType, mappedFileSizeCommitLog: 65_536 }),
)
let sent = 0
const appendGroup = (): void => {
  for (let index = 0; index < GROUP; index++) {
    const text = String(sent++)
    store.append(message(text), {
      appended({ status }) {
        if (status !== 'ok') throw new Error(status)
        // Blocks until the reader takes it, which a plain write to the descriptor would not.
        process.stdout.write(`${text}\n`)
        if (Number(text) === sent - 1) appendGroup()
      },
    })
  }
}
appendGroup()
