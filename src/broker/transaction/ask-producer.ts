import { encodeRecord, recordBytes, roomOf } from '../../message/index.ts'
import { CheckTransactionState, type Peer } from '../../remoting/index.ts'
import type { ProducerGroups } from '../groups/producer-groups.ts'
import type { BrokerIdentity } from '../identity.ts'
import { offsetId } from '../send/offset-id.ts'
import type { StoredMessage } from '../stored-message.ts'
import type { AskProducer } from './check-back.ts'
import { HALF_TOPIC, type HalfFacts } from './half-message.ts'

/**
 * Asks the members of a producer group in turn; a question that gets lost is asked again in a later round.
 * Apache: `AbstractTransactionalMessageCheckListener.sendCheckMessage`, `ProducerManager.getAvailableChannel` (5.3.3).
 */
export function askProducer(producers: ProducerGroups, identity: BrokerIdentity): AskProducer {
  let turn = 0
  return (half, facts) => {
    const peers = [...producers.members(facts.group ?? '').keys()].filter((peer) => !peer.closed)
    const peer = peers[turn++ % Math.max(1, peers.length)]
    if (peer === undefined) return false
    ask(peer, half, facts, identity)
    return true
  }
}

function ask(peer: Peer, half: StoredMessage, facts: HalfFacts, identity: BrokerIdentity): void {
  const { uniqueKey } = facts
  peer.invokeOneway(
    CheckTransactionState,
    {
      topic: HALF_TOPIC,
      tranStateTableOffset: half.queueOffset,
      commitLogOffset: half.physicalOffset,
      msgId: uniqueKey,
      transactionId: uniqueKey,
      offsetMsgId: offsetId(identity.messageIdPrefix, half.physicalOffset),
      bname: identity.name,
    },
    { body: recordOf(half, facts) },
  )
}

/** The half message as one record, with the topic and queue its producer sent it to. */
function recordOf(half: StoredMessage, { realTopic = '', realQueueId }: HalfFacts): Buffer {
  const topic = Buffer.from(realTopic)
  const properties = Buffer.from(half.properties)
  const { body, bornHost, storeHost } = half
  const size = recordBytes(body.length, topic.length, properties.length, bornHost.length, storeHost.length)
  const bytes = Buffer.alloc(size)
  const content = { ...half, queueId: realQueueId, preparedTransactionOffset: 0, properties }
  encodeRecord(roomOf(bytes), 0, size, content, topic, half)
  return bytes
}
