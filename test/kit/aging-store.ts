import { expect } from 'vitest'
import { type DiskSpace, SimulatedFiles } from '../../src/base/files/index.ts'
import type { LogFields, Logger } from '../../src/base/log/index.ts'
import { SimulatedClock } from '../../src/base/time/index.ts'
import { type MessageStore, type StoreConfig, verifyStore } from '../../src/store/index.ts'
import { appendTexts, openSmall, SMALL, STORE, textsOf } from './store.ts'

export const HOUR_MS = 3_600_000

/** Timers that tick once a minute, so that days pass quickly. */
export const SLOW = { flushIntervalCommitLog: 60_000, flushIntervalConsumeQueue: 60_000, cleanResourceInterval: 60_000 }

/** Local noon: not an hour of deletion unless a test says so. */
export const NOON = new Date(2026, 10, 21, 12).getTime()

/** A store on a simulated clock, and what it logs. */
export class Aging {
  readonly clock = new SimulatedClock(NOON)
  readonly lines: string[] = []
  files = new SimulatedFiles()
  store!: MessageStore
  changes: Partial<StoreConfig> = {}

  constructor() {
    this.files.clock = this.clock
  }

  async open(changes: Partial<StoreConfig> = {}): Promise<MessageStore> {
    this.changes = changes
    const ports = { clock: this.clock, logger: loggerTo(this.lines) }
    this.store = await openSmall(this.files, { deleteCommitLogFilesInterval: 0, ...changes }, ports)
    return this.store
  }

  /** 40 messages, so that about one file of the log is filled, then `hours` pass. */
  async sendAndWait(prefix: string, hours: number): Promise<void> {
    const sent = appendTexts(this.store, textsOf(prefix, 40))
    await this.clock.advance(0)
    for (const { status } of await sent) expect(status).toBe('ok')
    await this.clock.advance(hours * HOUR_MS)
  }

  async close(): Promise<void> {
    const closed = this.store[Symbol.asyncDispose]()
    await this.clock.advance(0)
    await closed
  }

  /** Closes, and expects the checker to find nothing wrong. */
  async end(): Promise<void> {
    const logStart = this.store.minPhysicalOffset
    await this.close()
    const verified = await verifyStore(STORE, { ...SMALL, ...this.changes }, this.files)
    expect(verified).toMatchObject({ problems: [], logStart })
  }

  logStarts(): number[] {
    return this.files.list(`${STORE}/commitlog`).map(({ name }) => Number(name))
  }
}

function loggerTo(lines: string[]): Logger {
  const log = (message: string, fields: LogFields = {}): void => void lines.push(`${message} ${JSON.stringify(fields)}`)
  const logger: Logger = { debug: log, info: log, warn: log, error: log, child: () => logger }
  return logger
}

/** A disk of which so many percent are used. */
export function used(percent: number): DiskSpace {
  return { totalBytes: 1000, freeBytes: 1000 - percent * 10, usableBytes: 1000 - percent * 10 }
}
