import type { Logger } from '../base/log/index.ts'
import type { Client, TransactionMessage, TransactionProducer } from '../client/index.ts'
import {
  type BindingState,
  type BoundProducer,
  HEADER,
  type Message,
  type MessageHeaders,
  type ProducerRequest,
  type TransactionReceipt,
  type TransactionState,
} from '../framework/index.ts'
import { partitionSelector } from './bound-producer.ts'
import { binderErrors } from './errors.ts'
import type { GroupTransactions, TransactionMember } from './group-transactions.ts'
import { transactionIdHeaders } from './inbound-headers.ts'
import { OutboundMapper, TRANSACTION_ARGUMENT } from './outbound-message.ts'
import type { ProducerBindingProperties } from './properties.ts'

type Work = (headers: MessageHeaders) => TransactionState | Promise<TransactionState>

/** An output binding with `producerType=Trans`: `send` asks the listener, `sendInTransaction` runs what it is given. */
export function boundTransactionProducer(
  request: ProducerRequest<ProducerBindingProperties>,
  client: Client,
  member: TransactionMember,
  transactions: GroupTransactions,
  logger: Logger,
): BoundProducer {
  const { destination, config, binding, natural } = request
  const mapper = new OutboundMapper(destination, logger)
  let producer: TransactionProducer | undefined
  let state: BindingState = 'stopped'

  const transact = async (message: Message<Buffer>, work: Work): Promise<TransactionReceipt> => {
    if (producer === undefined || state !== 'running' || !config.enabled) {
      throw binderErrors.RMQ_OUTPUT_STOPPED({ binding, destination })
    }
    const { headers } = message
    const options = { queue: partitionSelector(headers[HEADER.partition]) }
    const local = async ({ transactionId }: TransactionMessage): Promise<TransactionState> =>
      work({ ...headers, ...transactionIdHeaders(transactionId) })
    const result = await producer.sendInTransaction(mapper.map(message), local, options)
    const { messageId, state: end, failure } = result
    const receipt = { messageId, destination, details: { ...result }, state: end }
    return failure === undefined ? receipt : { ...receipt, failure }
  }
  return {
    get state() {
      return state
    },
    policy: `in transactions of group ${member.group}, ${config.sendMsgTimeout} ms, ${member.options.retriesMax} retries`,
    async start() {
      if (state === 'running') return
      producer = await transactions.producerFor(member)
      state = 'running'
    },
    async stop() {
      state = 'stopped'
    },
    partitionCount: () => client.knownRoute(destination)?.publishQueues.length,
    send: (message) =>
      transact(message, (headers) =>
        member.listener.executeLocalTransaction(natural({ ...message, headers }), argumentOf(headers)),
      ),
    sendInTransaction: transact,
    async [Symbol.asyncDispose]() {
      state = 'stopped'
    },
  }
}

function argumentOf(headers: MessageHeaders): unknown {
  return headers[TRANSACTION_ARGUMENT.find((name) => headers[name] !== undefined) ?? '']
}
