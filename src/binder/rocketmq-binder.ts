import { Scope } from '../base/lifecycle/index.ts'
import { openClient, type Producer } from '../client/index.ts'
import type { Binder, BinderContext, BinderType } from '../framework/index.ts'
import { checkGroup, checkTopic } from '../message/index.ts'
import { boundConsumer } from './bound-consumer.ts'
import { boundProducer, type ProducerSource } from './bound-producer.ts'
import { GroupConsumers } from './group-consumers.ts'
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
import { checkBinder, checkConsumer, checkProducer } from './supported.ts'
import { traceOf } from './trace.ts'

/**
 * Joins channels to RocketMQ's topics: an Apache cluster, a `rocketstream server`, or, when no name server is configured, an
 * embedded one. Its keys are those of Spring Cloud Alibaba's binder, both generations.
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
      pollNameServerMs: config.pollNameServerInterval,
      heartbeatMs: config.heartbeatBrokerInterval,
      persistOffsetsMs: config.persistConsumerOffsetInterval,
      logger: logger.child('client'),
      clock,
    }),
  )
  const consumers = scope.own(new GroupConsumers(client, logger))
  const producers = new Map<string, Promise<Producer>>()

  const groupOf = (producerConfig: ProducerBindingProperties): string =>
    producerConfig.group || config.group || DEFAULT_PRODUCER_GROUP
  const producerFor: ProducerSource = (producerConfig) => {
    const group = groupOf(producerConfig)
    const retriesMax =
      producerConfig.sendType === 'Async'
        ? producerConfig.retryTimesWhenSendAsyncFailed
        : producerConfig.retryTimesWhenSendFailed
    const options = {
      sendTimeoutMs: producerConfig.sendMsgTimeout,
      retriesMax,
      compressOverBytes: producerConfig.compressMsgBodyThreshold,
      maxMessageBytes: producerConfig.maxMessageSize,
      retryOtherBrokerOnNotStored: producerConfig.retryAnotherBroker,
      trace: traceOf(producerConfig),
    }
    const key = JSON.stringify([group, options])
    const known = producers.get(key) ?? client.producer({ group, ...options })
    producers.set(key, known)
    return known
  }

  const owned = scope.move()
  return {
    async bindConsumer(request) {
      checkConsumer(request.binding, request.config)
      return boundConsumer(request, consumers, clock, logger)
    },
    async bindProducer(request) {
      checkProducer(request.binding, request.config)
      checkTopic(request.destination)
      checkGroup(groupOf(request.config))
      return boundProducer(request, client, producerFor, logger)
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  }
}
