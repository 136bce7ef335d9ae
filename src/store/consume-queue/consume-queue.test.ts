import { expect, test } from 'vitest'
import { SMALL, STORE } from '../../../test/kit/store.ts'
import { SimulatedFiles } from '../../base/files/index.ts'
import { storeConfig } from '../config.ts'
import { OpenFiles } from '../segments/open-files.ts'
import type { ConsumeQueue } from './consume-queue.ts'
import type { QueueKind } from './entry.ts'
import { QueueTable } from './queue-table.ts'

/** Ten entries a file of a simple queue, three of a batch queue, four units of 20 bytes a file. */
const config = storeConfig.with({
  ...SMALL,
  mapperFileSizeBatchConsumeQueue: 138,
  enableConsumeQueueExt: true,
  mappedFileSizeConsumeQueueExt: 100,
})

/** A queue, and how to let the log begin later. */
function queueOf(kind: QueueKind, files: SimulatedFiles): [ConsumeQueue, removeBefore: (logStart: number) => void] {
  const log = { hotStart: Number.POSITIVE_INFINITY, start: 0 }
  const parts = { root: STORE, config, open: new OpenFiles(files, 16), log }
  const queue = QueueTable.empty({ ...parts, kindOf: () => kind }).getOrAdd('T', 0) as ConsumeQueue
  const removeBefore = (logStart: number): void => {
    log.start = logStart
    queue.removeBefore(logStart)
  }
  return [queue, removeBefore]
}

/** Puts `count` records of 100 bytes, in a batch queue of two messages each. */
function fill(queue: ConsumeQueue, count: number): void {
  const messages = queue.kind === 'batch' ? 2 : 1
  for (let at = 0; at < count; at++) {
    const where = { physicalOffset: at * 100, size: 100, queueOffset: at * messages, messages }
    queue.put({ ...where, tagsCode: 7, storeTimestamp: 1, bitMap: undefined })
  }
  queue.writeOut()
}

const names = (files: SimulatedFiles, folder: string): number[] =>
  files.list(`${STORE}/${folder}/T/0`).map(({ name }) => Number(name))

test('files of a simple queue go with the records of all their entries, and so do their units', () => {
  const files = new SimulatedFiles()
  const [queue, removeBefore] = queueOf('simple', files)
  fill(queue, 35)
  expect([names(files, 'consumequeue'), names(files, 'consumequeue_ext')[0]]).toEqual([[0, 200, 400, 600], 0])
  removeBefore(999)
  expect([queue.min, names(files, 'consumequeue')]).toEqual([10, [200, 400, 600]])
  // The unit of entry 10 is the third one of its file.
  expect(names(files, 'consumequeue_ext')[0]).toBe(200)
  removeBefore(9999)
  expect([queue.min, queue.max, names(files, 'consumequeue')]).toEqual([35, 35, [600]])
})

test('files of a batch queue go with the records of all their entries, but never the last one', () => {
  const files = new SimulatedFiles()
  const [queue, removeBefore] = queueOf('batch', files)
  fill(queue, 8)
  removeBefore(299)
  expect([queue.min, names(files, 'batchconsumequeue')]).toEqual([6, [138, 276]])
  removeBefore(9999)
  expect([queue.min, queue.max, names(files, 'batchconsumequeue')]).toEqual([16, 16, [276]])
  const [again] = queueOf('batch', files)
  again.load()
  expect([again.min, again.max]).toEqual([12, 16])
})
