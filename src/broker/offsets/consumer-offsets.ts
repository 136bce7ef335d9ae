import type { Clock, Timer } from '../../base/time/index.ts'
import { isLightName } from '../../message/index.ts'
import { type ConsumerOffsetTable, consumerOffsetBody, type DataVersion } from '../../remoting/index.ts'
import { FIRST_VERSION, nextVersion } from '../data-version.ts'
import { type KeepingPorts, KeptTable, loadTable } from '../kept-table.ts'

const NO_QUEUES: ReadonlyMap<number, number> = new Map()

/** Divides topic and group in keys; neither may contain it. */
const SEPARATOR = '@'

/** Where offsets are kept, without and with light queues. */
export interface OffsetPaths {
  readonly plain: string
  readonly light: string
}

/**
 * How far each group has read each queue: in memory at once, in `config/consumerOffset.json` every few seconds and at
 * the end. With light queues the file is `lmqConsumerOffset.json`, and has their groups apart from the others. Apache:
 * `ConsumerOffsetManager`, `LmqConsumerOffsetManager` (5.3.3).
 */
export class ConsumerOffsets implements AsyncDisposable {
  readonly #offsets = new Map<string, Map<number, number>>()
  readonly #clock: Clock
  readonly #kept: KeptTable
  readonly #saving: Timer
  readonly #hasLight: boolean
  #version: DataVersion = FIRST_VERSION

  constructor(paths: OffsetPaths, hasLight: boolean, ports: KeepingPorts, clock: Clock, saveEveryMs: number) {
    this.#clock = clock
    this.#hasLight = hasLight
    const [path, other] = hasLight ? [paths.light, paths.plain] : [paths.plain, paths.light]
    this.#kept = new KeptTable(ports, path, () => this.#render())
    // Where light queues were switched on or off since, the other file has the offsets: no group is to begin anew for
    // that.
    const kept = loadTable(ports.files, path, consumerOffsetBody) ?? loadTable(ports.files, other, consumerOffsetBody)
    if (kept !== undefined) this.#load(kept)
    this.#saving = clock.setInterval(() => void this.#kept.save(), saveEveryMs, { background: true })
  }

  /** The offset a group reads next, `undefined` when it never read the queue. */
  get(group: string, topic: string, queueId: number): number | undefined {
    return this.#offsets.get(topic + SEPARATOR + group)?.get(queueId)
  }

  /** Topics of which a group has read anything. */
  topicsOf(group: string): readonly string[] {
    const suffix = SEPARATOR + group
    return [...this.#offsets.keys()].filter((key) => key.endsWith(suffix)).map((key) => key.slice(0, -suffix.length))
  }

  /** Groups that have read any of a topic. */
  groupsOf(topic: string): readonly string[] {
    const prefix = topic + SEPARATOR
    return [...this.#offsets.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length))
  }

  /** Where a group stands in a topic: queue id → offset. */
  queuesOf(group: string, topic: string): ReadonlyMap<number, number> {
    return this.#offsets.get(topic + SEPARATOR + group) ?? NO_QUEUES
  }

  /** Records the offset a group reads next, even when it is smaller than before. */
  set(group: string, topic: string, queueId: number, offset: number): void {
    const key = topic + SEPARATOR + group
    let queues = this.#offsets.get(key)
    if (queues === undefined) {
      queues = new Map()
      this.#offsets.set(key, queues)
    }
    if (queues.get(queueId) === offset) return
    queues.set(queueId, offset)
    this.#kept.changed()
  }

  /** Forgets all offsets of a topic. */
  deleteTopic(topic: string): void {
    this.#deleteWhere((key) => key.startsWith(topic + SEPARATOR))
  }

  /** Forgets all offsets of a group. */
  deleteGroup(group: string): void {
    this.#deleteWhere((key) => key.endsWith(SEPARATOR + group))
  }

  #deleteWhere(matches: (key: string) => boolean): void {
    for (const key of this.#offsets.keys()) {
      if (!matches(key)) continue
      this.#offsets.delete(key)
      this.#kept.changed()
    }
  }

  #load(kept: ConsumerOffsetTable): void {
    this.#version = kept.dataVersion
    for (const [key, queues] of Object.entries(kept.offsetTable)) {
      const entries = Object.entries(queues).map(([queueId, offset]): [number, number] => [Number(queueId), offset])
      this.#offsets.set(key, new Map(entries))
    }
    for (const [key, offset] of Object.entries(kept.lmqOffsetTable ?? {}))
      this.#offsets.set(key, new Map([[0, offset]]))
  }

  #render(): ConsumerOffsetTable {
    this.#version = nextVersion(this.#version, this.#clock)
    const offsetTable: Record<string, Record<string, number>> = {}
    const groupTopicMap: Record<string, string[]> = {}
    const lmqOffsetTable: Record<string, number> = {}
    for (const [key, queues] of this.#offsets) {
      const [topic = '', group = ''] = key.split(SEPARATOR)
      if (this.#hasLight && isLightName(group)) {
        lmqOffsetTable[key] = queues.get(0) ?? 0
        continue
      }
      offsetTable[key] = Object.fromEntries(queues)
      const topics = groupTopicMap[group] ?? []
      topics.push(topic)
      groupTopicMap[group] = topics
    }
    const table = { dataVersion: this.#version, groupTopicMap, offsetTable }
    return this.#hasLight ? { ...table, lmqOffsetTable } : table
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#saving.cancel()
    await this.#kept[Symbol.asyncDispose]()
  }
}
