import type { Logger } from '../base/log/index.ts'
import type { Client, Producer } from '../client/index.ts'
import {
  type BindingState,
  type BoundProducer,
  HEADER,
  type Message,
  type ProducerRequest,
  type SendReceipt,
} from '../framework/index.ts'
import type { MessageQueue } from '../message/index.ts'
import { binderErrors } from './errors.ts'
import { OutboundMapper } from './outbound-message.ts'
import type { ProducerBindingProperties } from './properties.ts'

/** Producers of one client by their group and settings: bindings that agree in them share one. */
export type ProducerSource = (config: ProducerBindingProperties) => Promise<Producer>

/** An output binding on a topic. */
export function boundProducer(
  request: ProducerRequest<ProducerBindingProperties>,
  client: Client,
  producerFor: ProducerSource,
  logger: Logger,
): BoundProducer {
  const { destination, config, binding } = request
  const mapper = new OutboundMapper(destination, logger)
  let producer: Producer | undefined
  let state: BindingState = 'stopped'

  return {
    get state() {
      return state
    },
    get policy() {
      const retries =
        config.sendType === 'Async' ? config.retryTimesWhenSendAsyncFailed : config.retryTimesWhenSendFailed
      return config.sendType === 'OneWay'
        ? 'OneWay'
        : `${config.sendType}, ${config.sendMsgTimeout} ms, ${retries} retries`
    },
    async start() {
      if (state === 'running') return
      producer = await producerFor(config)
      state = 'running'
    },
    async stop() {
      state = 'stopped'
    },
    partitionCount: () => client.knownRoute(destination)?.publishQueues.length,
    async send(message: Message<Buffer>): Promise<SendReceipt> {
      if (producer === undefined || state !== 'running' || !config.enabled) {
        throw binderErrors.RMQ_OUTPUT_STOPPED({ binding, destination })
      }
      const outgoing = mapper.map(message)
      const options = { queue: partitionSelector(message.headers[HEADER.partition]) }
      if (config.sendType === 'OneWay') {
        await producer.sendOneway(outgoing, options)
        return { messageId: '', destination, details: {} }
      }
      const result = await producer.send(outgoing, options)
      return { messageId: result.messageId, destination, details: { ...result } }
    },
    async sendAll(messages: readonly Message<Buffer>[]): Promise<readonly SendReceipt[]> {
      const isPlain = messages.every(({ headers }) => headers[HEADER.partition] === undefined)
      if (producer === undefined || state !== 'running' || config.sendType === 'OneWay' || !isPlain)
        return Promise.all(messages.map((message) => this.send(message)))
      const results = await producer.sendAll(messages.map((message) => mapper.map(message)))
      return results.map((result) => ({ messageId: result.messageId, destination, details: { ...result } }))
    },
    async [Symbol.asyncDispose]() {
      state = 'stopped'
    },
  }
}

/** The queue of a computed partition; a partition beyond the queues wraps around, as in Spring's binder. */
function partitionSelector(partition: unknown): ((queues: readonly MessageQueue[]) => MessageQueue) | undefined {
  if (partition === undefined) return undefined
  const wanted = Math.abs(Math.trunc(Number(partition))) || 0
  return (queues) => queues[wanted % queues.length] as MessageQueue
}
