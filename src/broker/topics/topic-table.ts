import type { Clock } from '../../base/time/index.ts'
import {
  groupOfRetryTopic,
  isLightName,
  isRetryTopic,
  NOT_SENDABLE_TOPICS,
  PERM,
  topicFault,
} from '../../message/index.ts'
import {
  type DataVersion,
  type TopicConfig,
  type TopicConfigTable,
  topicConfigTableBody,
} from '../../remoting/index.ts'
import type { QueueKind } from '../../store/index.ts'
import { FIRST_VERSION, nextVersion } from '../data-version.ts'
import { type KeepingPorts, KeptTable, loadTable } from '../kept-table.ts'

/** A topic with what every send and pull asks of it, worked out once. */
export interface Topic {
  readonly config: TopicConfig
  /** Queue ids below it may be sent to. */
  readonly queueCountMax: number
  /** Why its name is illegal; a topic from a file may have such a name. */
  readonly fault: string | undefined
  /** Whether clients may send to it. */
  readonly sendable: boolean
  /** The group whose retry topic it is. */
  readonly retryGroup: string | undefined
  /** Whether its queues have an entry for each message or for each batch. */
  readonly queueKind: QueueKind
}

/**
 * Attribute that says of what kind a topic's queues are. Apache: `TopicAttributes.QUEUE_TYPE_ATTRIBUTE`, `CQType`
 * (5.3.3).
 */
const QUEUE_TYPE = 'queue.type'
const BATCH_QUEUES = 'BatchCQ'

/**
 * The topics of this broker, kept in `config/topics.json`. Apache: `TopicConfigManager` (5.3.3).
 */
export class TopicTable implements AsyncDisposable {
  readonly #topics = new Map<string, Topic>()
  readonly #clock: Clock
  readonly #kept: KeptTable
  readonly #listeners: (() => void)[] = []
  readonly #hasLight: boolean
  #version: DataVersion = FIRST_VERSION

  /**
   * `hasLight`: the name of a light queue is a topic that nobody need create. Apache: `LmqTopicConfigManager` (5.3.3).
   */
  constructor(path: string, ports: KeepingPorts, clock: Clock, hasLight = false) {
    this.#clock = clock
    this.#hasLight = hasLight
    this.#kept = new KeptTable(ports, path, () => this.snapshot(), clock)
    const kept = loadTable(ports.files, path, topicConfigTableBody)
    if (kept === undefined) return
    this.#version = kept.dataVersion
    for (const config of Object.values(kept.topicConfigTable)) this.#topics.set(config.topicName, toTopic(config))
  }

  /** The topic, `undefined` when there is none of this name. */
  get(name: string): Topic | undefined {
    return this.#topics.get(name) ?? (this.#isLight(name) ? toTopic(topicConfig(name, 1)) : undefined)
  }

  /** Creates or replaces a topic, saves, and tells the listeners; that of a light queue is as it is. */
  put(config: TopicConfig): Topic {
    if (this.#isLight(config.topicName)) return toTopic(topicConfig(config.topicName, 1))
    const topic = toTopic(config)
    this.#topics.set(config.topicName, topic)
    this.#changed()
    return topic
  }

  /** Creates topics that do not exist yet; those of the file stand above the ones the broker makes itself. */
  addMissing(configs: readonly TopicConfig[]): void {
    const missing = configs.filter((config) => !this.#topics.has(config.topicName))
    if (missing.length === 0) return
    for (const config of missing) this.#topics.set(config.topicName, toTopic(config))
    this.#changed()
  }

  /** Removes a topic; false when there was none. */
  delete(name: string): boolean {
    const existed = this.#topics.delete(name)
    if (existed) this.#changed()
    return existed
  }

  /** Marks exactly these topics as ordered, as the name servers say. */
  setOrdered(ordered: ReadonlySet<string>): void {
    const wrong = [...this.#topics.values()].filter(({ config }) => config.order !== ordered.has(config.topicName))
    if (wrong.length === 0) return
    for (const { config } of wrong) this.#topics.set(config.topicName, toTopic({ ...config, order: !config.order }))
    this.#changed()
  }

  /** The topics are to be registered anew, though none of them changed. */
  renew(): void {
    this.#changed()
  }

  /** Calls back after every change. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener)
  }

  /** Another object after every change. */
  get version(): DataVersion {
    return this.#version
  }

  /** All topics and the version of the table. */
  snapshot(): TopicConfigTable {
    const configs = [...this.#topics].map(([name, { config }]): [string, TopicConfig] => [name, config])
    return { dataVersion: this.#version, topicConfigTable: Object.fromEntries(configs) }
  }

  #isLight(name: string): boolean {
    return this.#hasLight && isLightName(name)
  }

  #changed(): void {
    this.#version = nextVersion(this.#version, this.#clock)
    this.#kept.changed()
    void this.#kept.save()
    for (const listener of this.#listeners) listener()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#kept[Symbol.asyncDispose]()
  }
}

function toTopic(config: TopicConfig): Topic {
  const { topicName } = config
  return {
    config: Object.freeze(config),
    queueCountMax: Math.max(config.readQueueNums, config.writeQueueNums),
    fault: topicFault(topicName),
    sendable: !NOT_SENDABLE_TOPICS.has(topicName),
    queueKind: config.attributes[QUEUE_TYPE] === BATCH_QUEUES ? 'batch' : 'simple',
    retryGroup: isRetryTopic(topicName) ? groupOfRetryTopic(topicName) : undefined,
  }
}

/** A topic's settings; what is left out is what most topics have. */
export function topicConfig(
  topicName: string,
  queues: number,
  more: { readonly perm?: number; readonly order?: boolean; readonly topicSysFlag?: number } = {},
): TopicConfig {
  const { perm = PERM.readWrite, order = false, topicSysFlag = 0 } = more
  return {
    topicName,
    readQueueNums: queues,
    writeQueueNums: queues,
    perm,
    topicFilterType: 'SINGLE_TAG',
    topicSysFlag,
    order,
    attributes: {},
  }
}

/** The topic as Apache prints it in remarks. Apache: `TopicConfig.toString`. */
export function topicText(config: TopicConfig): string {
  const perm = `${(config.perm & PERM.read) === 0 ? '-' : 'R'}${(config.perm & PERM.write) === 0 ? '-' : 'W'}`
  const inherit = (config.perm & PERM.inherit) === 0 ? '-' : 'X'
  const attributes = Object.entries(config.attributes).map(([key, value]) => `${key}=${value}`)
  return (
    `TopicConfig [topicName=${config.topicName}, readQueueNums=${config.readQueueNums}, ` +
    `writeQueueNums=${config.writeQueueNums}, perm=${perm}${inherit}, topicFilterType=${config.topicFilterType}, ` +
    `topicSysFlag=${config.topicSysFlag}, order=${config.order}, attributes={${attributes.join(', ')}}]`
  )
}
