import type { Clock } from '../../base/time/index.ts'
import { isLegalGroup, isLightName } from '../../message/index.ts'
import { type DataVersion, type GroupConfig, type GroupTable, groupTableBody } from '../../remoting/index.ts'
import type { BrokerConfig } from '../config.ts'
import { FIRST_VERSION, nextVersion } from '../data-version.ts'
import { type KeepingPorts, KeptTable, loadTable } from '../kept-table.ts'

const SYSTEM_GROUP_PREFIX = 'CID_RMQ_SYS_'

/** Groups every broker knows. Apache: `SubscriptionGroupManager.init`. */
const PREDEFINED: readonly string[] = [
  'TOOLS_CONSUMER',
  'FILTERSRV_CONSUMER',
  'SELF_TEST_C_GROUP',
  'CID_ONS-HTTP-PROXY',
  'CID_ONSAPI_PULL',
  'CID_ONSAPI_PERMISSION',
  'CID_ONSAPI_OWNER',
  'CID_RMQ_SYS_TRANS',
]

/**
 * The settings of consumer groups, kept in `config/subscriptionGroup.json`. Apache: `SubscriptionGroupManager` (5.3.3).
 */
export class GroupConfigs implements AsyncDisposable {
  readonly #groups = new Map<string, GroupConfig>()
  readonly #config: BrokerConfig
  readonly #clock: Clock
  readonly #kept: KeptTable
  #forbidden: GroupTable['forbiddenTable'] = {}
  #version: DataVersion = FIRST_VERSION

  constructor(path: string, ports: KeepingPorts, clock: Clock, config: BrokerConfig) {
    this.#config = config
    this.#clock = clock
    this.#kept = new KeptTable(ports, path, () => this.snapshot(), clock)
    for (const name of PREDEFINED) this.#groups.set(name, defaultGroup(name))
    const kept = loadTable(ports.files, path, groupTableBody)
    if (kept === undefined) return
    this.#version = kept.dataVersion
    this.#forbidden = kept.forbiddenTable
    for (const group of Object.values(kept.subscriptionGroupTable)) this.#groups.set(group.groupName, group)
  }

  /** All groups there are. */
  names(): readonly string[] {
    return [...this.#groups.keys()]
  }

  /** The group's settings, `undefined` when it is not known. */
  get(name: string): GroupConfig | undefined {
    return this.#groups.get(name) ?? this.#light(name)
  }

  /**
   * The group's settings, made with the defaults when the broker may; `undefined` when it may not or the name is
   * illegal.
   */
  getOrCreate(name: string): GroupConfig | undefined {
    const known = this.get(name)
    if (known !== undefined) return known
    if (!this.#config.autoCreateSubscriptionGroup && !name.startsWith(SYSTEM_GROUP_PREFIX)) return undefined
    if (!isLegalGroup(name)) return undefined
    return this.put(defaultGroup(name))
  }

  /** Creates or replaces a group. */
  put(group: GroupConfig): GroupConfig {
    const light = this.#light(group.groupName)
    if (light !== undefined) return light
    this.#groups.set(group.groupName, Object.freeze(group))
    this.#changed()
    return group
  }

  /** Forgets a group; false when there was none. */
  delete(name: string): boolean {
    const existed = this.#groups.delete(name)
    if (existed) this.#changed()
    return existed
  }

  /** Whether reading a topic is forbidden to a group. Apache: `SubscriptionGroupManager.getForbidden`, read bit. */
  isForbidden(group: string, topic: string): boolean {
    return ((this.#forbidden[group]?.[topic] ?? 0) & READ_FORBIDDEN) !== 0
  }

  /** Forbids or allows a group to read a topic. Apache: `SubscriptionGroupManager.updateForbidden`. */
  setForbidden(group: string, topic: string, forbidden: boolean): void {
    const topics = this.#forbidden[group] ?? {}
    const bits = (topics[topic] ?? 0) & ~READ_FORBIDDEN
    const next = { ...topics, [topic]: forbidden ? bits | READ_FORBIDDEN : bits }
    const kept = Object.fromEntries(Object.entries(next).filter(([, value]) => value !== 0))
    this.#forbidden = { ...this.#forbidden, [group]: kept }
    this.#changed()
  }

  /** All groups and the version of the table. */
  snapshot(): GroupTable {
    return {
      dataVersion: this.#version,
      forbiddenTable: this.#forbidden,
      subscriptionGroupTable: Object.fromEntries(this.#groups),
    }
  }

  /** A group of light queues is as it is, and is kept nowhere. Apache: `LmqSubscriptionGroupManager` (5.3.3). */
  #light(name: string): GroupConfig | undefined {
    return this.#config.enableLmq && isLightName(name) ? defaultGroup(name) : undefined
  }

  #changed(): void {
    this.#version = nextVersion(this.#version, this.#clock)
    this.#kept.changed()
    void this.#kept.save()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#kept[Symbol.asyncDispose]()
  }
}

const READ_FORBIDDEN = 1 << 2

function defaultGroup(groupName: string): GroupConfig {
  return Object.freeze({
    groupName,
    consumeEnable: true,
    consumeFromMinEnable: true,
    consumeBroadcastEnable: true,
    consumeMessageOrderly: false,
    retryQueueNums: 1,
    retryMaxTimes: 16,
    groupRetryPolicy: { type: 'CUSTOMIZED' },
    brokerId: 0,
    whichBrokerWhenConsumeSlowly: 1,
    notifyConsumerIdsChangedEnable: true,
    groupSysFlag: 0,
    consumeTimeoutMinute: 15,
    attributes: {},
  })
}
