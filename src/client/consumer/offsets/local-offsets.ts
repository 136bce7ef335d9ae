import { join } from 'node:path'
import { textOf } from '../../../base/errors/index.ts'
import { type Files, loadKeptFile, saveKeptFile } from '../../../base/files/index.ts'
import type { Logger } from '../../../base/log/index.ts'
import { type MessageQueue, queueKey } from '../../../message/index.ts'
import { queueMapText, readQueueNumbers } from '../../../remoting/index.ts'
import { clientErrors } from '../../errors.ts'
import type { GroupProgress } from './group-progress.ts'

/** What keeping offsets in a file needs. */
export interface LocalOffsetsParts {
  /** One directory for all clients of this machine. */
  readonly directory: string
  /** The part of the path that stands for the client; must be the same after a restart. */
  readonly clientName: string
  readonly group: string
  /** Asked about the queues themselves. */
  readonly broker: Pick<GroupProgress, 'end' | 'at'>
  readonly files: Files
  readonly logger: Logger
}

interface LocalOffset extends MessageQueue {
  readonly offset: number
}

const TABLE = 'offsetTable'

/**
 * Where a broadcast consumer stands: in `<directory>/<client>/<group>/offsets.json`, the content as Java writes it, so
 * that a program that changes its language goes on where it stopped. Offsets of queues that are not here are kept as
 * they are. Apache: `LocalFileOffsetStore` (5.3.3).
 */
export class LocalOffsets implements GroupProgress {
  readonly #parts: LocalOffsetsParts
  readonly #path: string
  /** What the file held when it was last read or written. */
  #known: ReadonlyMap<string, LocalOffset>
  readonly #own = new Map<string, LocalOffset>()
  #dirty = false
  #saving: Promise<void> | undefined
  #warned = false

  /** @throws RMQ_OFFSETS_UNREADABLE  neither the file nor its `.bak` can be read */
  constructor(parts: LocalOffsetsParts) {
    this.#parts = parts
    this.#path = join(parts.directory, parts.clientName, parts.group, 'offsets.json')
    this.#known = this.#read()
  }

  async recorded(queue: MessageQueue): Promise<number | undefined> {
    const key = queueKey(queue)
    return (this.#own.get(key) ?? this.#known.get(key))?.offset
  }

  /** Offsets recorded in one turn of the event loop go into the file together. */
  async record({ topic, brokerName, queueId }: MessageQueue, offset: number): Promise<void> {
    const entry = { topic, brokerName, queueId, offset }
    this.#own.set(queueKey(entry), entry)
    this.#dirty = true
    // A save that is just ending may not have seen this entry.
    while (this.#dirty) {
      this.#saving ??= this.#save().finally(() => {
        this.#saving = undefined
      })
      await this.#saving
    }
  }

  end(queue: MessageQueue): Promise<number> {
    return this.#parts.broker.end(queue)
  }

  at(queue: MessageQueue, timestamp: number): Promise<number> {
    return this.#parts.broker.at(queue, timestamp)
  }

  async #save(): Promise<void> {
    await Promise.resolve()
    while (this.#dirty) {
      this.#dirty = false
      const now = this.#read()
      this.#warnOfAnother(now)
      const table = new Map([...now, ...this.#own])
      const text = `{"${TABLE}":${queueMapText([...table.values()], (entry) => entry.offset)}}\n`
      await saveKeptFile(this.#parts.files, this.#path, text)
      this.#known = table
    }
  }

  /** Two that write one file would each begin where the other stopped, and miss messages. */
  #warnOfAnother(now: ReadonlyMap<string, LocalOffset>): void {
    const changed = [...this.#own.keys()].some((key) => now.get(key)?.offset !== this.#known.get(key)?.offset)
    if (!changed || this.#warned) return
    this.#warned = true
    const { group, logger } = this.#parts
    logger.warn('another program writes the same file of offsets; give each an instanceName of its own', {
      group,
      path: this.#path,
    })
  }

  #read(): ReadonlyMap<string, LocalOffset> {
    try {
      const entries = loadKeptFile(this.#parts.files, this.#path, (content) => readQueueNumbers(content, TABLE)) ?? []
      return new Map(entries.map((entry) => [queueKey(entry), entry]))
    } catch (failure) {
      throw clientErrors.RMQ_OFFSETS_UNREADABLE({ path: this.#path, reason: textOf(failure) }, failure)
    }
  }
}
