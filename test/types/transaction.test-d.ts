/** What must and must not compile for a user of transactions; `npm run typecheck` judges it. Nothing here runs. */
import {
  LocalTransactionState,
  type Message,
  MessageBuilder,
  type MessageChannel,
  RocketMQLocalTransactionState,
  RocketMQTransactionListener,
  type TransactionListener,
} from 'rocketstream'
import { openClient } from 'rocketstream/client'

@RocketMQTransactionListener({ txProducerGroup: 'orders', maximumPoolSize: 4 })
export class Orders implements TransactionListener {
  async executeLocalTransaction(message: Message, _arg: unknown) {
    return message.payload === null ? RocketMQLocalTransactionState.ROLLBACK : RocketMQLocalTransactionState.COMMIT
  }
  checkLocalTransaction() {
    return LocalTransactionState.UNKNOW
  }
}

export async function channel(output: MessageChannel): Promise<void> {
  const message = MessageBuilder.withPayload({ id: 7 }).build()
  const { state } = await output.sendInTransaction(message, async ({ payload }) => {
    payload.id satisfies number
    return 'commit'
  })
  state satisfies 'commit' | 'rollback' | 'unknown'
  // @ts-expect-error no such state
  await output.sendInTransaction(message, async () => 'comit')
}

export async function client(): Promise<void> {
  await using own = await openClient({ nameServer: '127.0.0.1:9876' })
  // @ts-expect-error somebody must answer the broker's questions
  await own.transactionProducer({ group: 'orders' })
  const producer = await own.transactionProducer({ group: 'orders', check: async () => 'unknown' })
  const message = { topic: 'Orders', body: Buffer.from('x') }
  const sent = await producer.sendInTransaction(message, async ({ transactionId }) => {
    transactionId satisfies string
    return 'rollback'
  })
  sent.failure satisfies unknown
  // @ts-expect-error work tells how it ended
  await producer.sendInTransaction(message, async () => undefined)
}
