/**
 * The message store by itself, as a ledger that survives: no broker, no network, no other process.
 *
 *   node --import tsx examples/16-store-alone/main.ts
 *
 * The directory is one of Apache RocketMQ: its broker, or `rocketstream server --store`, can serve these messages
 * later.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { messagesByKey, openStore, putMessage, readMessages, verifyStore } from 'rocketstream/store'

const storePathRootDir = mkdtempSync(join(tmpdir(), 'rocketstream-ledger-'))

// Each entry is on the disk before its promise resolves; those of one moment share a sync.
const ledger = await openStore({ storePathRootDir, flushDiskType: 'SYNC_FLUSH' })
const entry = (n: number) => ({ account: `account-${n % 10}`, cents: n })
await Promise.all(
  Array.from({ length: 1000 }, (_, n) => {
    const { account, cents } = entry(n)
    return putMessage(ledger, { topic: 'Ledger', keys: [account], body: Buffer.from(`${cents}`) })
  }),
)
await ledger[Symbol.asyncDispose]()

const reopened = await openStore({ storePathRootDir })
let sum = 0
for (let offset = 0; offset < reopened.maxOffset('Ledger', 0); ) {
  const { messages, nextOffset } = await readMessages(reopened, 'Ledger', 0, offset)
  for (const { body } of messages) sum += Number(body)
  offset = nextOffset
}
const ofOne = await messagesByKey(reopened, 'Ledger', 'account-7', { maxMessages: 1000 })
await reopened[Symbol.asyncDispose]()

const { records, problems } = await verifyStore(storePathRootDir)
rmSync(storePathRootDir, { recursive: true })
process.stdout.write(
  `${records} entries, together ${sum} cents; ${ofOne.length} of account-7; ${problems.length} problems\n`,
)
process.exitCode = records === 1000 && sum === 499_500 && ofOne.length === 100 && problems.length === 0 ? 0 : 1
