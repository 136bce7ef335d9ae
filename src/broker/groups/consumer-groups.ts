import type { Clock } from '../../base/time/index.ts'
import { acceptsCodes, type TagFilter } from '../../filter/index.ts'
import type { ConsumerData, Peer, SubscriptionData } from '../../remoting/index.ts'
import { isTagExpression } from '../subscriptions/expression-type.ts'

/** What is known of one client of a group. */
export interface Member {
  readonly peer: Peer
  readonly clientId: string
  readonly language: string
  /** Apache's number of the client's release. */
  readonly version: number
  /** Of the last heartbeat that brought subscriptions; 0 when the client does not use fingerprints. */
  readonly fingerprint: number
  /** Broker's clock, epoch ms. */
  readonly lastHeartbeatMs: number
}

/** A subscription with its filter, made once. */
export interface Subscription {
  readonly data: SubscriptionData
  /** `undefined`: everything is wanted, or the tag does not decide. */
  readonly accepts: TagFilter | undefined
}

/** A consumer group that has members now. */
export interface ConsumerGroup {
  readonly name: string
  readonly consumeType: string
  readonly messageModel: string
  readonly consumeFromWhere: string
  readonly members: ReadonlyMap<Peer, Member>
  readonly subscriptions: ReadonlyMap<string, Subscription>
}

interface OpenGroup extends ConsumerGroup {
  consumeType: string
  messageModel: string
  consumeFromWhere: string
  readonly members: Map<Peer, Member>
  readonly subscriptions: Map<string, Subscription>
}

/** Who sent a heartbeat. */
export interface Sender {
  readonly peer: Peer
  readonly clientId: string
  readonly language: string
  readonly version: number
}

/** Is told what groups subscribe. */
export interface SubscriptionWatcher {
  /** A heartbeat said this, whether it is new or not. */
  subscribed(group: string, subscriptions: readonly SubscriptionData[]): void
  /** The expression of a topic is another one now. */
  changed(group: string, topic: string): void
  /** The group has no member any more. */
  left(group: string): void
}

/**
 * Which clients consume in which group, and what they subscribe: in memory, from heartbeats. Apache: `ConsumerManager`,
 * `ConsumerGroupInfo` (5.3.3).
 */
export class ConsumerGroups {
  readonly #groups = new Map<string, OpenGroup>()
  readonly #clock: Clock
  readonly #onMembersChanged: (group: ConsumerGroup) => void
  readonly #watcher: SubscriptionWatcher

  /** `onMembersChanged` is called after members or topics of a group changed, with those that are members then. */
  constructor(clock: Clock, onMembersChanged: (group: ConsumerGroup) => void, watcher: SubscriptionWatcher) {
    this.#clock = clock
    this.#onMembersChanged = onMembersChanged
    this.#watcher = watcher
  }

  /** The group, `undefined` when nobody of it is connected. */
  get(name: string): ConsumerGroup | undefined {
    return this.#groups.get(name)
  }

  /** All groups that have members. */
  all(): Iterable<ConsumerGroup> {
    return this.#groups.values()
  }

  /**
   * Takes in what a client says of one of its groups. Topics that it no longer names leave the group's subscriptions,
   * so all clients of a group must subscribe alike.
   */
  heartbeat(sender: Sender, data: ConsumerData, fingerprint: number): void {
    const group = this.#open(data)
    const isNew = this.#touch(group, sender, fingerprint)
    const { isChanged, replaced } = mergeSubscriptions(group.subscriptions, data.subscriptionDataSet)
    this.#watcher.subscribed(group.name, data.subscriptionDataSet)
    for (const topic of replaced) this.#watcher.changed(group.name, topic)
    if (isNew || isChanged) this.#onMembersChanged(group)
  }

  /**
   * Takes in a heartbeat that leaves the subscriptions out because they did not change.
   * @returns false when the broker does not know them, so that the client must send them
   */
  heartbeatWithoutSubscriptions(sender: Sender, data: ConsumerData, fingerprint: number): boolean {
    const group = this.#open(data)
    const isKnown = group.members.get(sender.peer)?.fingerprint === fingerprint
    if (this.#touch(group, sender, isKnown ? fingerprint : 0)) this.#onMembersChanged(group)
    return isKnown
  }

  /** A client leaves a group. */
  leave(name: string, peer: Peer): void {
    const group = this.#groups.get(name)
    if (group?.members.delete(peer) !== true) return
    if (group.members.size === 0) {
      this.#groups.delete(name)
      this.#watcher.left(name)
    } else this.#onMembersChanged(group)
  }

  /** A connection is over: its client leaves all groups. */
  removePeer(peer: Peer): void {
    for (const name of [...this.#groups.keys()]) this.leave(name, peer)
  }

  /** Connections of members that sent no heartbeat since `sinceMs`. */
  silentPeers(sinceMs: number): Set<Peer> {
    const silent = new Set<Peer>()
    for (const { members } of this.#groups.values()) {
      for (const member of members.values()) if (member.lastHeartbeatMs < sinceMs) silent.add(member.peer)
    }
    return silent
  }

  #open(data: ConsumerData): OpenGroup {
    const { groupName: name, consumeType, messageModel, consumeFromWhere } = data
    let group = this.#groups.get(name)
    if (group === undefined) {
      group = { name, consumeType, messageModel, consumeFromWhere, members: new Map(), subscriptions: new Map() }
      this.#groups.set(name, group)
    }
    group.consumeType = consumeType
    group.messageModel = messageModel
    group.consumeFromWhere = consumeFromWhere
    return group
  }

  #touch(group: OpenGroup, sender: Sender, fingerprint: number): boolean {
    const isNew = group.members.get(sender.peer)?.clientId !== sender.clientId
    group.members.set(sender.peer, { ...sender, fingerprint, lastHeartbeatMs: this.#clock.now() })
    return isNew
  }
}

/** Hashes of different tags can be equal, which the consumer sorts out. Apache: `ExpressionMessageFilter`. */
function acceptsTags({ expressionType, subString, codeSet }: SubscriptionData): TagFilter | undefined {
  if (!isTagExpression(expressionType) || subString === '*' || subString === '') return undefined
  return acceptsCodes(codeSet)
}

/** Apache: `ConsumerGroupInfo.updateSubscription`. */
function mergeSubscriptions(
  table: Map<string, Subscription>,
  wanted: readonly SubscriptionData[],
): { readonly isChanged: boolean; readonly replaced: readonly string[] } {
  let isChanged = false
  const replaced: string[] = []
  for (const data of wanted) {
    const known = table.get(data.topic)
    if (known !== undefined && known.data.subVersion >= data.subVersion) continue
    table.set(data.topic, { data, accepts: acceptsTags(data) })
    if (known === undefined) isChanged = true
    else if (!isSame(known.data, data)) replaced.push(data.topic)
  }
  const topics = new Set(wanted.map((data) => data.topic))
  for (const topic of table.keys()) {
    if (topics.has(topic)) continue
    table.delete(topic)
    isChanged = true
  }
  return { isChanged, replaced }
}

function isSame(left: SubscriptionData, right: SubscriptionData): boolean {
  return left.subString === right.subString && left.expressionType === right.expressionType
}
