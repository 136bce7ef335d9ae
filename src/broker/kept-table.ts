import { textOf } from '../base/errors/index.ts'
import { type Files, loadKeptFile, saveKeptFile, stageKeptFile } from '../base/files/index.ts'
import type { Logger } from '../base/log/index.ts'
import type { Body } from '../remoting/index.ts'
import { brokerErrors } from './errors.ts'

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
 * Writes a table in memory to its file: one save at a time, changes during a save make one more. What changes while a save waits
 * for the disk is written beside the file at once, so that a process that is killed then forgets nothing it has answered. A save
 * that fails is logged and tried again with the next one. Apache: `ConfigManager.persist`.
 */
export class KeptTable implements AsyncDisposable {
  readonly #ports: KeepingPorts
  readonly #path: string
  readonly #render: () => object
  #dirty = false
  #staging = false
  #saving: Promise<void> | undefined

  constructor(ports: KeepingPorts, path: string, render: () => object) {
    this.#ports = ports
    this.#path = path
    this.#render = render
  }

  /** The table differs from its file; the next {@link save} writes it. */
  changed(): void {
    this.#dirty = true
  }

  /** Writes the table if it changed; resolves when it is written, or was not and that is logged. */
  save(): Promise<void> {
    if (this.#saving !== undefined && this.#dirty) this.#stageSoon()
    this.#saving ??= this.#saveAll().finally(() => {
      this.#saving = undefined
    })
    return this.#saving
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
    this.#ports.logger.error('a table could not be saved', { path: this.#path, reason: textOf(failure) })
  }

  async #saveAll(): Promise<void> {
    while (this.#dirty) {
      this.#dirty = false
      try {
        await saveKeptFile(this.#ports.files, this.#path, this.#text())
      } catch (failure) {
        this.#dirty = true
        this.#failed(failure)
        return
      }
    }
  }

  /** Writes what changed last. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.save()
    await this.save()
  }
}
