import { locateText, RECORD, type RecordText, storeTimestampOf } from '../../message/index.ts'
import type { CommitLog } from '../commit-log/commit-log.ts'
import type { IndexFiles } from './index-files.ts'
import { hashProperties, isIndexed, topicHash } from './key-hash.ts'

/**
 * Adds the keys that the index lost while the disk refused them, from the log, up to the present end of what is
 * readable; resolves to whether none is missing any more. A record of which only some keys were lost gets all of them
 * again, which a search does not notice.
 */
export async function catchUp(index: IndexFiles, log: CommitLog, readableEnd: () => number): Promise<boolean> {
  const text: RecordText = { topicAt: 0, topicEnd: 0, propertiesAt: 0 }
  const hashes: number[] = []
  for (let from = index.lostFrom; from !== undefined; ) {
    // What left the log meanwhile needs no keys.
    let next = Math.max(from, log.minimum)
    await log.scan(next, (bytes, at, size, position) => {
      if (position >= readableEnd()) return false
      next = position + size
      if (!isIndexed(bytes.readInt32BE(at + RECORD.sysFlag))) return true
      locateText(bytes, at, text)
      hashes.length = 0
      const topic = bytes.toString('utf8', text.topicAt, text.topicEnd)
      hashProperties(bytes, text.propertiesAt, at + size, topicHash(topic), hashes)
      index.retry()
      for (const hash of hashes) index.put(hash, position, storeTimestampOf(bytes, at))
      if (index.lostFrom !== undefined) return false
      // Until the end is reached, new messages must not get ahead.
      index.giveUpFrom(next)
      return true
    })
    if (index.lostFrom !== next) return false
    if (next >= readableEnd()) {
      index.retry()
      index.complete()
      return true
    }
    if (next === from) return false
    from = next
  }
  return true
}
