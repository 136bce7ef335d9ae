import { Slots } from '../base/async/index.ts'
import type {
  BatchListener,
  ConsumeContext,
  MessageListener,
  OrderlyOptions,
  PushConsumerOptions,
} from '../client/index.ts'
import type { ReceivedMessage } from '../message/index.ts'
import { binderErrors } from './errors.ts'
import type { GroupMember } from './group-consumers.ts'

/** What a group's consumer calls: exactly one of the kinds of listeners. */
type Listener =
  | Pick<Extract<PushConsumerOptions, { listener: MessageListener }>, 'listener'>
  | Pick<Extract<PushConsumerOptions, { batchListener: BatchListener }>, 'batchListener' | 'batchSize'>
  | Pick<Extract<PushConsumerOptions, { orderly: OrderlyOptions }>, 'orderly'>

/** What dispatching asks of the group. */
interface GroupView {
  /** The binding that a message is for. */
  memberOf(topic: string): GroupMember | undefined
  /** Whether the consumer works for one binding only, so that its own limit is the binding's. */
  isAlone(): boolean
}

/**
 * The listener of a group's consumer: hands each message to the binding of its topic, to each as many at a time as it
 * wants. When one of the bindings is in batch mode the consumer is, and those that are not get their messages one by
 * one all the same.
 */
export function listenerOf(members: readonly GroupMember[], group: GroupView): Listener {
  // In order a queue has one call at a time, and the consumer's own limit divides the rest.
  if (members.some(({ orderly }) => orderly !== undefined))
    return { orderly: { listener: (message, context) => required(group, message).orderly?.(message, context) } }
  const gates = new Map<string, Slots>(members.map(({ binding, concurrency }) => [binding, new Slots(concurrency)]))
  const inTurn = async (member: GroupMember, work: () => void | Promise<void>): Promise<void> => {
    const gate = gates.get(member.binding) ?? new Slots(member.concurrency)
    gates.set(member.binding, gate)
    await gate.take()
    try {
      await work()
    } finally {
      gate.release()
    }
  }
  const batchSizes = members.flatMap(({ batch }) => (batch === undefined ? [] : [batch.sizeMax]))
  if (batchSizes.length === 0) {
    return {
      listener(message, context) {
        const member = required(group, message)
        const handle = (): void | Promise<void> => member.handle(message, context)
        return group.isAlone() ? handle() : inTurn(member, handle)
      },
    }
  }
  return {
    batchSize: Math.max(...batchSizes),
    async batchListener(messages, context) {
      const works: Promise<void>[] = []
      for (const [member, own] of byMember(messages, group, context)) {
        const { batch } = member
        const size = batch?.sizeMax ?? 1
        for (let at = 0; at < own.length; at += size) {
          const part = own.slice(at, at + size)
          works.push(inTurn(member, () => handled(member, part, context)))
        }
      }
      await Promise.all(works)
    },
  }
}

/** Hands a part of a batch to its binding; never rejects: what failed is given back by name. */
async function handled(member: GroupMember, part: readonly ReceivedMessage[], context: ConsumeContext): Promise<void> {
  // Each part says of its own messages when they come again.
  const own: ConsumeContext = {
    queue: context.queue,
    signal: context.signal,
    delayLevelWhenNextConsume: context.delayLevelWhenNextConsume,
    ackIndex: context.ackIndex,
    giveBack: (message, delayLevel) => context.giveBack(message, delayLevel),
  }
  try {
    if (member.batch !== undefined) await member.batch.handle(part, own)
    else for (const message of part) await member.handle(message, own)
  } catch {
    // Why is logged where it was thrown.
    for (const message of part) context.giveBack(message, own.delayLevelWhenNextConsume)
  }
}

function byMember(
  messages: readonly ReceivedMessage[],
  group: GroupView,
  context: ConsumeContext,
): ReadonlyMap<GroupMember, ReceivedMessage[]> {
  const parts = new Map<GroupMember, ReceivedMessage[]>()
  for (const message of messages) {
    const member = group.memberOf(message.topic)
    // A binding that was stopped in this moment: the message comes again when it runs.
    if (member === undefined) context.giveBack(message)
    else parts.set(member, [...(parts.get(member) ?? []), message])
  }
  return parts
}

function required(group: GroupView, message: ReceivedMessage): GroupMember {
  const member = group.memberOf(message.topic)
  if (member !== undefined) return member
  throw binderErrors.RMQ_INPUT_STOPPED({ topic: message.topic, messageId: message.messageId })
}
