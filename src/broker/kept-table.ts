import { textOf } from '../base/errors/index.ts'
import { type Files, loadKeptFile, saveKeptFile, stageKeptFile } from '../base/files/index.ts'
import { type Logger, Trouble } from '../base/log/index.ts'
import type { Clock, Timer } from '../base/time/index.ts'
import type { Body } from '../remoting/index.ts'
import { brokerErrors } from './errors.ts'

/** Milliseconds until a save that failed is tried again. */
const RETRY_MS = 5000

/** What keeping a table needs of the world. */
export interface KeepingPorts {
  readonly files: Files
  readonly logger: Logger
}

/**
 * Reads a file of the store's `config/` directory; `undefined` when it does not exist.
 * @throws RMQ_BROKER_FILE_UNREADABLE  neither the file nor its `.bak` can be read
 */
export function loadTable<Value>(files: Files, path: string, body: Body<Value>): Value | undefined {
  try {
    return loadKeptFile(files, path, (content) => body.decode(content))
  } catch (failure) {
    throw brokerErrors.RMQ_BROKER_FILE_UNREADABLE({ path, reason: textOf(failure) }, failure)
  }
}

/**
 * Writes a table in memory to its file: one save at a time, changes during a save make one more. What changes while a
 * save waits for the disk is written beside the file at once, so that a process that is killed then forgets nothing it
 * has answered. A save that fails is logged and tried again with the next one. Apache: `ConfigManager.persist`.
 */
export class KeptTable implements AsyncDisposable {
  readonly #saving: Trouble
  readonly #ports: KeepingPorts
  readonly #path: string
  readonly #render: () => object
  #dirty = false
  #staging = false
  #running: Promise<void> | undefined
  readonly #clock: Clock | undefined
  #retry: Timer | undefined
  #closed = false

  /** `clock`: a save that failed is tried again by itself; without one its owner saves from time to time. */
  constructor(ports: KeepingPorts, path: string, render: () => object, clock?: Clock) {
    this.#ports = ports
    this.#path = path
    this.#render = render
    this.#clock = clock
    this.#saving = new Trouble(ports.logger, `saving ${path}`, 'it is tried again')
  }

  /** The table differs from its file; the next {@link save} writes it. */
  changed(): void {
    this.#dirty = true
  }

  /** Writes the table if it changed; resolves when it is written, or was not and that is logged. */
  save(): Promise<void> {
    if (this.#running !== undefined && this.#dirty) this.#stageSoon()
    this.#running ??= this.#saveAll().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /** Once for all changes of this moment. */
  #stageSoon(): void {
    if (this.#staging) return
    this.#staging = true
    queueMicrotask(() => {
      this.#staging = false
      if (!this.#dirty) return
      try {
        stageKeptFile(this.#ports.files, this.#path, this.#text())
      } catch (failure) {
        this.#failed(failure)
      }
    })
  }

  #text(): string {
    return JSON.stringify(this.#render(), undefined, '\t')
  }

  #failed(failure: unknown): void {
    this.#saving.failed(failure)
    if (this.#clock === undefined || this.#closed) return
    this.#retry ??= this.#clock.setTimeout(
      () => {
        this.#retry = undefined
        void this.save()
      },
      RETRY_MS,
      { background: true },
    )
  }

  async #saveAll(): Promise<void> {
    while (this.#dirty) {
      this.#dirty = false
      try {
        await saveKeptFile(this.#ports.files, this.#path, this.#text())
        this.#saving.worked()
      } catch (failure) {
        this.#dirty = true
        this.#failed(failure)
        return
      }
    }
  }

  /** Writes what changed last. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    this.#retry?.cancel()
    await this.save()
    await this.save()
  }
}
