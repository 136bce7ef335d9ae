/**
 * One consumer per group, whatever the number of its bindings: RocketMQ divides queues among a group's members as if
 * all subscribed alike, so two consumers of one group with different topics would leave queues unread.
 */
import type { Logger } from '../base/log/index.ts'
import type {
  BatchListener,
  Client,
  MessageListener,
  OrderlyListener,
  PushConsumer,
  PushConsumerSettings,
  Subscription,
} from '../client/index.ts'

import { binderErrors } from './errors.ts'
import { listenerOf } from './group-listener.ts'

/** What one binding contributes to its group's consumer. */
export interface GroupMember {
  readonly binding: string
  readonly subscriptions: readonly Subscription[]
  /** Whether it starts with the application; otherwise its topics are left alone until it is started. */
  readonly autoStart: boolean
  readonly concurrency: number
  /** Settings of the consumer; those of the first binding count for the group. */
  readonly options: Partial<PushConsumerSettings>
  /** Resolves: done. Rejects: give it back. */
  readonly handle: MessageListener
  /** Takes the place of `handle` when messages are consumed in order; all bindings of a group do it alike. */
  readonly orderly: OrderlyListener | undefined
  /** In batch mode: gets its messages several at a time. Resolves: what it did not give back is done. */
  readonly batch?: { readonly sizeMax: number; readonly handle: BatchListener } | undefined
}

interface Group {
  readonly members: Map<string, GroupMember>
  readonly byTopic: Map<string, GroupMember>
  /** Bindings that run, or will with the application. */
  readonly active: Set<string>
  consumer: PushConsumer | undefined
  /** Whether the consumer gets several messages a call. */
  batched: boolean
}

export class GroupConsumers implements AsyncDisposable {
  readonly #client: Client
  readonly #logger: Logger
  readonly #groups = new Map<string, Group>()

  constructor(client: Client, logger: Logger) {
    this.#client = client
    this.#logger = logger
  }

  /**
   * Makes a binding known before anything starts, so that the group's consumer begins with all its topics.
   * @throws RMQ_GROUP_SHARED  another binding of the group has one of the topics
   * @throws RMQ_BATCH_IN_ORDER  the binding wants both
   * @throws RMQ_GROUP_ORDER  another binding of the group is not as orderly as this one
   * @throws RMQ_GROUP_MODEL  one binding of the group broadcasts and another one does not
   */
  declare(group: string, member: GroupMember): void {
    const entry = this.#groups.get(group) ?? newGroup()
    this.#groups.set(group, entry)
    if (member.orderly !== undefined && member.batch !== undefined)
      throw binderErrors.RMQ_BATCH_IN_ORDER({ binding: member.binding })
    for (const other of entry.members.values()) {
      const bindings = { group, binding: member.binding, other: other.binding }
      if ((other.orderly === undefined) !== (member.orderly === undefined)) throw binderErrors.RMQ_GROUP_ORDER(bindings)
      if (other.options.model !== member.options.model) throw binderErrors.RMQ_GROUP_MODEL(bindings)
    }
    for (const { topic } of member.subscriptions) {
      const other = entry.byTopic.get(topic)
      if (other !== undefined && other.binding !== member.binding) {
        throw binderErrors.RMQ_GROUP_SHARED({ group, topic, binding: member.binding, other: other.binding })
      }
      entry.byTopic.set(topic, member)
    }
    if (entry.members.size > 0 && !entry.members.has(member.binding)) {
      const bindings = [...entry.members.keys(), member.binding]
      this.#logger.info(`bindings ${bindings.join(', ')} share group "${group}" and so one consumer`)
      const first = [...entry.members.values()][0]?.options.maxReconsumeTimes
      const { maxReconsumeTimes } = member.options
      if (first !== maxReconsumeTimes) {
        this.#logger.warn(
          `group "${group}" gives up after ${first} redeliveries, also messages of binding "${member.binding}", whose ` +
            `push.maxReconsumeTimes is ${maxReconsumeTimes}; give both bindings the same value, or different groups`,
        )
      }
    }
    entry.members.set(member.binding, member)
    if (member.autoStart) entry.active.add(member.binding)
  }

  /** Starts the group's consumer unless it runs, or adds the member's topics to it. */
  async start(group: string, member: GroupMember): Promise<PushConsumer> {
    this.declare(group, member)
    const entry = this.#groups.get(group) as Group
    entry.active.add(member.binding)
    if (member.batch !== undefined && !entry.batched) {
      // A consumer keeps its kind of listener for life.
      await entry.consumer?.[Symbol.asyncDispose]()
      entry.consumer = undefined
    }
    if (entry.consumer === undefined) {
      const members = [...entry.members.values()].filter(({ binding }) => entry.active.has(binding))
      entry.batched = members.some(({ batch }) => batch !== undefined)
      entry.consumer = await this.#client.pushConsumer({
        ...members[0]?.options,
        group,
        subscriptions: members.flatMap((one) => one.subscriptions),
        concurrency: members.reduce((sum, one) => sum + one.concurrency, 0),
        ...listenerOf(members, {
          memberOf: (topic) => entry.byTopic.get(topic),
          isAlone: () => entry.active.size === 1,
        }),
      })
    } else {
      for (const { topic, expression } of member.subscriptions) await entry.consumer.subscribe(topic, expression ?? '*')
    }
    return entry.consumer
  }

  /** Takes a binding's topics out; the consumer closes with the last one, and waits for running listeners. */
  async stop(group: string, binding: string): Promise<void> {
    const entry = this.#groups.get(group)
    const member = entry?.members.get(binding)
    if (entry === undefined || member === undefined) return
    entry.members.delete(binding)
    entry.active.delete(binding)
    const { consumer } = entry
    if (entry.active.size === 0) {
      entry.consumer = undefined
      if (entry.members.size === 0) this.#groups.delete(group)
      await consumer?.[Symbol.asyncDispose]()
    } else {
      for (const { topic } of member.subscriptions) await consumer?.unsubscribe(topic)
    }
    for (const { topic } of member.subscriptions) entry.byTopic.delete(topic)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const consumers = [...this.#groups.values()].map((entry) => entry.consumer)
    this.#groups.clear()
    await Promise.all(consumers.map((consumer) => consumer?.[Symbol.asyncDispose]()))
  }
}

function newGroup(): Group {
  return { members: new Map(), byTopic: new Map(), active: new Set(), consumer: undefined, batched: false }
}
