import { dirname, join } from 'node:path'
import type { Files } from '../../base/files/index.ts'

import { openNote, sealNote } from './sealed-note.ts'

/** Ours: which topics were dropped, and where the log ended then. */
const FILE = 'dropped-topics.rocketstream'

/** Remembers dropped topics, since their records stay in the log and recovery must not bring their queues back. */
export class DroppedTopics {
  readonly #path: string
  readonly #files: Files
  readonly #ends: Map<string, number>

  private constructor(path: string, files: Files, ends: Map<string, number>) {
    this.#path = path
    this.#files = files
    this.#ends = ends
  }

  /** Reads the file; topics all of whose records left the log are forgotten. */
  static open(directory: string, files: Files, minPhysicalOffset: number): DroppedTopics {
    const path = join(directory, FILE)
    const ends = new Map<string, number>()
    const content = files.readWhole(path)
    // Damaged: the queues of dropped topics may come back, and can be dropped again.
    const note = content === undefined ? undefined : openNote(content)
    for (const [topic, end] of Object.entries(typeof note === 'object' && note !== null ? note : {})) {
      if (typeof end === 'number' && end > minPhysicalOffset) ends.set(topic, end)
    }
    return new DroppedTopics(path, files, ends)
  }

  /** Whether a record of this topic at this log position was dropped. */
  has(topic: string, physicalOffset: number): boolean {
    return physicalOffset < (this.#ends.get(topic) ?? 0)
  }

  /** Whether no topic with records in the log was dropped. */
  get isEmpty(): boolean {
    return this.#ends.size === 0
  }

  /** Resolves when it is on the disk. */
  async add(topic: string, logEnd: number): Promise<void> {
    this.#ends.set(topic, logEnd)
    await this.#save()
  }

  /**
   * The log ends before it did when some topics were dropped: what comes there now is not what was dropped. Resolves as
   * {@link add} does.
   */
  async cutAt(logEnd: number): Promise<void> {
    const beyond = [...this.#ends].filter(([, end]) => end > logEnd)
    if (beyond.length === 0) return
    for (const [topic] of beyond) this.#ends.set(topic, logEnd)
    await this.#save()
  }

  async #save(): Promise<void> {
    const unfinished = `${this.#path}.unfinished`
    this.#files.remove(unfinished)
    const file = this.#files.open(unfinished, { create: true })
    try {
      file.writeSync(Buffer.from(sealNote(Object.fromEntries(this.#ends))), 0)
      await file.datasync()
    } finally {
      file.close()
    }
    this.#files.rename(unfinished, this.#path)
    await this.#files.syncDirectory(dirname(this.#path))
  }
}
