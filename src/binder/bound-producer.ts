import { textOf } from '../base/errors/index.ts'
import type { Client, Producer, QueueChoice, SendResult } from '../client/index.ts'
import {
  type BinderContext,
  type BindingState,
  type BoundProducer,
  functionOf,
  HEADER,
  type Message,
  type MessageHeaders,
  type ProducerRequest,
  type SendReceipt,
} from '../framework/index.ts'
import type { MessageQueue, Message as RocketMessage } from '../message/index.ts'
import { binderErrors } from './errors.ts'
import { OutboundMapper } from './outbound-message.ts'
import type { ProducerBindingProperties } from './properties.ts'

/** Producers of one client by their group and settings: bindings that agree in them share one. */
export type ProducerSource = (config: ProducerBindingProperties) => Promise<Producer>

/**
 * Chooses the queue of a message, for `producer.messageQueueSelector`: one of the topic's queues, sorted by broker and
 * number. Apache: `MessageQueueSelector`, whose argument is the headers here.
 */
export type MessageQueueSelector =
  | ((queues: readonly MessageQueue[], message: RocketMessage, headers: MessageHeaders) => MessageQueue)
  | { select(queues: readonly MessageQueue[], message: RocketMessage, headers: MessageHeaders): MessageQueue }

/**
 * Is told what became of each message of an output with `sendType=Async`, for `producer.sendCallBack`. Apache:
 * `SendCallback`.
 */
export interface SendCallback {
  onSuccess(result: SendResult): void
  onException(failure: unknown): void
}

type Select = (queues: readonly MessageQueue[], message: RocketMessage, headers: MessageHeaders) => MessageQueue

/**
 * An output binding on a topic.
 * @throws RMQ_COMPONENT_UNKNOWN, RMQ_COMPONENT_KIND
 */
export function boundProducer(
  request: ProducerRequest<ProducerBindingProperties>,
  client: Client,
  producerFor: ProducerSource,
  { component, logger }: Pick<BinderContext, 'component' | 'logger'>,
): BoundProducer {
  const { destination, config, binding, properties } = request
  const select = queueSelector(config.messageQueueSelector, binding, component)
  const callback = config.sendType === 'Async' ? sendCallback(config.sendCallBack, binding, component) : undefined
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
      if (properties.partitionKeyExpression !== '' || properties.partitionKeyExtractorName !== '') {
        // The first message must find the number of partitions that all others find.
        await producer.queuesOf(destination).catch((failure) => {
          logger.warn('partitions not known yet', { topic: destination, reason: textOf(failure) })
        })
      }
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
      const { headers } = message
      const queue: QueueChoice | undefined =
        select === undefined
          ? partitionSelector(headers[HEADER.partition])
          : (queues, sent) => select(queues, sent, headers)
      const options = { queue }
      if (config.sendType === 'OneWay') {
        await producer.sendOneway(outgoing, options)
        return { messageId: '', destination, details: {} }
      }
      const sent = producer.send(outgoing, options)
      if (callback !== undefined) sent.then(callback.onSuccess, callback.onException)
      const result = await sent
      return { messageId: result.messageId, destination, details: { ...result } }
    },
    async sendAll(messages: readonly Message<Buffer>[]): Promise<readonly SendReceipt[]> {
      const isPlain =
        select === undefined &&
        callback === undefined &&
        messages.every(({ headers }) => headers[HEADER.partition] === undefined)
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

function queueSelector(name: string, binding: string, component: BinderContext['component']): Select | undefined {
  if (name === '') return undefined
  const key = `spring.cloud.stream.rocketmq.bindings.${binding}.producer.message-queue-selector`
  return functionOf<Select>(component(name, key), 'select', name, key)
}

/** The two methods of a component, each called with one argument; what they throw is nobody's. */
function sendCallback(name: string, binding: string, component: BinderContext['component']): SendCallback | undefined {
  if (name === '') return undefined
  const key = `spring.cloud.stream.rocketmq.bindings.${binding}.producer.send-call-back`
  const found = component(name, key)
  if (typeof found === 'function') throw binderErrors.RMQ_SEND_CALLBACK({ key, name })
  const onSuccess = functionOf<SendCallback['onSuccess']>(found, 'onSuccess', name, key)
  const onException = functionOf<SendCallback['onException']>(found, 'onException', name, key)
  return { onSuccess: (result) => onSuccess(result), onException: (failure) => onException(failure) }
}

/** The queue of a computed partition; a partition beyond the queues wraps around, as in Spring's binder. */
export function partitionSelector(partition: unknown): ((queues: readonly MessageQueue[]) => MessageQueue) | undefined {
  if (partition === undefined) return undefined
  const wanted = Math.abs(Math.trunc(Number(partition))) || 0
  return (queues) => queues[wanted % queues.length] as MessageQueue
}
