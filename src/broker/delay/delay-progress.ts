import type { Clock, Timer } from '../../base/time/index.ts'
import { type DataVersion, delayOffsetBody } from '../../remoting/index.ts'
import { FIRST_VERSION, nextVersion } from '../data-version.ts'
import { type KeepingPorts, KeptTable, loadTable } from '../kept-table.ts'

/**
 * How far each delay level was delivered, kept in `config/delayOffset.json`. Apache:
 * `ScheduleMessageService.offsetTable`.
 */
export class DelayProgress implements AsyncDisposable {
  readonly #offsets = new Map<number, number>()
  readonly #clock: Clock
  readonly #kept: KeptTable
  readonly #saving: Timer
  #version: DataVersion = FIRST_VERSION

  constructor(path: string, ports: KeepingPorts, clock: Clock, saveEveryMs: number) {
    this.#clock = clock
    this.#kept = new KeptTable(ports, path, () => {
      this.#version = nextVersion(this.#version, this.#clock)
      return { dataVersion: this.#version, offsetTable: Object.fromEntries(this.#offsets) }
    })
    const kept = loadTable(ports.files, path, delayOffsetBody)
    if (kept !== undefined) {
      this.#version = kept.dataVersion
      for (const [level, offset] of Object.entries(kept.offsetTable)) this.#offsets.set(Number(level), offset)
    }
    this.#saving = clock.setInterval(() => void this.#kept.save(), saveEveryMs, { background: true })
  }

  /** Queue offset of the next message of a level to deliver. */
  get(level: number): number {
    return this.#offsets.get(level) ?? 0
  }

  set(level: number, offset: number): void {
    if (this.#offsets.get(level) === offset) return
    this.#offsets.set(level, offset)
    this.#kept.changed()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#saving.cancel()
    await this.#kept[Symbol.asyncDispose]()
  }
}
