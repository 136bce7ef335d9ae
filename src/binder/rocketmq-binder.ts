import { Scope } from '../base/lifecycle/index.ts'
import { openClient, type Producer, type ProducerOptions } from '../client/index.ts'
import type { Binder, BinderContext, BinderType } from '../framework/index.ts'
import { type CompressionType, checkGroup, checkTopic } from '../message/index.ts'
import { boundConsumer } from './bound-consumer.ts'
import { boundProducer, type ProducerSource } from './bound-producer.ts'
import { boundSource } from './bound-source.ts'
import { boundTransactionProducer } from './bound-transaction-producer.ts'
import { GroupConsumers } from './group-consumers.ts'
import { GroupTransactions, transactionListener } from './group-transactions.ts'
import { isTransportHeader } from './inbound-headers.ts'
import { findNameServers } from './name-server.ts'
import {
  type BinderProperties,
  binderProperties,
  type ConsumerBindingProperties,
  consumerBindingProperties,
  foreignProducerKeys,
  oldConsumerKeys,
  oldProducerKeys,
  type ProducerBindingProperties,
  producerBindingProperties,
} from './properties.ts'
import { checkBinder, checkProducer } from './supported.ts'
import { traceOf } from './trace.ts'

/**
 * Joins channels to RocketMQ's topics: an Apache cluster, a `rocketstream server`, or, when no name server is
 * configured, an embedded one. Its keys are those of Spring Cloud Alibaba's binder, both generations.
 */
export const rocketmqBinder: BinderType<BinderProperties, ConsumerBindingProperties, ProducerBindingProperties> = {
  name: 'rocketmq',
  tables: {
    binder: binderProperties,
    consumer: consumerBindingProperties,
    producer: producerBindingProperties,
    oldConsumerKeys,
    oldProducerKeys,
    foreignProducerKeys,
  },
  isTransportHeader,
  open,
}

const DEFAULT_PRODUCER_GROUP = 'anonymous'

async function open(
  context: BinderContext<BinderProperties>,
): Promise<Binder<ConsumerBindingProperties, ProducerBindingProperties>> {
  const { config, logger, clock } = context
  checkBinder(context.name, config)
  await using scope = new Scope()
  const nameServers = scope.own(await findNameServers(config, logger))
  const client = scope.own(
    await openClient({
      nameServer: nameServers.addresses,
      unitName: config.unitName === '' ? undefined : config.unitName,
      instanceName: config.instanceName === '' ? undefined : config.instanceName,
      offsetsDirectory: config['broadcast.offsetsPath'] === '' ? undefined : config['broadcast.offsetsPath'],
      pollNameServerMs: config.pollNameServerInterval,
      heartbeatMs: config.heartbeatBrokerInterval,
      persistOffsetsMs: config.persistConsumerOffsetInterval,
      logger: logger.child('client'),
      clock,
    }),
  )
  const consumers = scope.own(new GroupConsumers(client, logger))
  const producers = new Map<string, Promise<Producer>>()

  const transactions = new GroupTransactions(client)

  const groupOf = (producerConfig: ProducerBindingProperties): string =>
    producerConfig.group || config.group || DEFAULT_PRODUCER_GROUP
  const producerFor: ProducerSource = (producerConfig) => {
    const group = groupOf(producerConfig)
    const options = producerOptions(producerConfig)
    const key = JSON.stringify([group, options])
    const known = producers.get(key) ?? client.producer({ group, ...options })
    producers.set(key, known)
    return known
  }

  const owned = scope.move()
  return {
    async bindConsumer(request) {
      return boundConsumer(request, consumers, context)
    },
    async bindSource(request) {
      return boundSource(request, { client, clock, logger, component: context.component })
    },
    async bindProducer(request) {
      const { binding, destination: topic, natural } = request
      checkProducer(binding, request.config)
      checkTopic(topic)
      checkGroup(groupOf(request.config))
      if (request.config.producerType === 'Normal') return boundProducer(request, client, producerFor, context)
      const group = request.config.group || config.group
      const found = transactionListener(binding, group, request.config, context)
      const member = { ...found, group, topic, natural, options: producerOptions(request.config) }
      return boundTransactionProducer(request, client, member, transactions, logger)
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  }
}

function producerOptions(config: ProducerBindingProperties): Omit<ProducerOptions, 'group'> {
  return {
    sendTimeoutMs: config.sendMsgTimeout,
    retriesMax: config.sendType === 'Async' ? config.retryTimesWhenSendAsyncFailed : config.retryTimesWhenSendFailed,
    compressOverBytes: config.compressMsgBodyThreshold,
    compression: config.compressType.toLowerCase() as CompressionType,
    maxMessageBytes: config.maxMessageSize,
    trace: traceOf(config),
    retryOtherBrokerOnNotStored: config.retryAnotherBroker,
  }
}
