/**
 * One consumer per group, whatever the number of its bindings: RocketMQ divides queues among a group's members as if all
 * subscribed alike, so two consumers of one group with different topics would leave queues unread.
 */
import type { Logger } from '../base/log/index.ts'
import type { Client, MessageListener, PushConsumer, PushConsumerSettings, Subscription } from '../client/index.ts'
import type { ReceivedMessage } from '../message/index.ts'
import { binderErrors } from './errors.ts'

/** What one binding contributes to its group's consumer. */
export interface GroupMember {
  readonly binding: string
  readonly subscriptions: readonly Subscription[]
  readonly concurrency: number
  /** Settings of the consumer; those of the first binding count for the group. */
  readonly options: Partial<PushConsumerSettings>
  /** Resolves: done. Rejects: give it back. */
  readonly handle: MessageListener
}

interface Group {
  readonly members: Map<string, GroupMember>
  readonly byTopic: Map<string, GroupMember>
  consumer: PushConsumer | undefined
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
   * @throws RMQ_GROUP_MODEL  one binding of the group broadcasts and another one does not
   */
  declare(group: string, member: GroupMember): void {
    const entry = this.#groups.get(group) ?? { members: new Map(), byTopic: new Map(), consumer: undefined }
    this.#groups.set(group, entry)
    const different = [...entry.members.values()].find((other) => other.options.model !== member.options.model)
    if (different !== undefined) {
      throw binderErrors.RMQ_GROUP_MODEL({ group, binding: member.binding, other: different.binding })
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
    }
    entry.members.set(member.binding, member)
  }

  /** Starts the group's consumer unless it runs, or adds the member's topics to it. */
  async start(group: string, member: GroupMember): Promise<PushConsumer> {
    this.declare(group, member)
    const entry = this.#groups.get(group) as Group
    if (entry.consumer === undefined) {
      const members = [...entry.members.values()]
      entry.consumer = await this.#client.pushConsumer({
        ...members[0]?.options,
        group,
        subscriptions: members.flatMap((one) => one.subscriptions),
        concurrency: members.reduce((sum, one) => sum + one.concurrency, 0),
        listener: (message, context) => this.#dispatch(entry, message, (found) => found.handle(message, context)),
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
    const { consumer } = entry
    if (entry.members.size === 0) {
      this.#groups.delete(group)
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

  #dispatch(
    entry: Group,
    message: ReceivedMessage,
    handle: (member: GroupMember) => void | Promise<void>,
  ): void | Promise<void> {
    const member = entry.byTopic.get(message.topic)
    // A binding that was stopped in this moment: the message is given back and comes again when it runs.
    if (member === undefined)
      throw binderErrors.RMQ_INPUT_STOPPED({ topic: message.topic, messageId: message.messageId })
    return handle(member)
  }
}
