import type { Logger } from '../base/log/index.ts'
import type { Clock } from '../base/time/index.ts'
import type { Client, LitePullConsumer } from '../client/index.ts'
import type { BindingState, BoundSource, Message, Settlement, SourceRequest } from '../framework/index.ts'
import { deadLetterTopicOf } from '../message/index.ts'
import { anonymousGroup, consumerOptions } from './bound-consumer.ts'
import { binderErrors } from './errors.ts'
import { inboundHeaders } from './inbound-headers.ts'
import type { ConsumerBindingProperties } from './properties.ts'
import { subscriptionOf } from './subscription.ts'

/** What a polled input needs of its binder. */
export interface SourceParts {
  readonly client: Client
  /** What the program gave under a name. */
  readonly component: (name: string, key: string) => unknown
  readonly clock: Clock
  readonly logger: Logger
}

const DEAD_LETTER_LEVEL = -1

/** An input on one or more topics that is polled, as a lite pull consumer. Spring: `RocketMQMessageSource`. */
export function boundSource(request: SourceRequest<ConsumerBindingProperties>, parts: SourceParts): BoundSource {
  const { binding, destinations, config } = request
  const { client, clock, logger } = parts
  const group = request.group ?? anonymousGroup(binding, destinations, logger)
  const onFailure = failurePolicy(request, parts)
  let consumer: LitePullConsumer | undefined
  let state: BindingState = 'stopped'
  const stop = async (): Promise<void> => {
    state = 'stopped'
    const stopping = consumer
    consumer = undefined
    await stopping?.[Symbol.asyncDispose]()
  }
  return {
    group,
    policy: `refused messages come again, rejected ones go to ${deadLetterTopicOf(group)}`,
    get state() {
      return state
    },
    async start() {
      if (state !== 'stopped' || !config.enabled) return
      const { model, from, pullBatch, limits } = consumerOptions(config, clock.now())
      consumer = await client.litePullConsumer({
        group,
        subscriptions: destinations.map((topic) => ({
          topic,
          expression: subscriptionOf(binding, config.subscription, logger),
        })),
        model,
        from,
        pullBatch,
        limits,
        pollTimeoutMs: config['pull.pollTimeoutMillis'],
        cachedCountMaxAll: config['pull.pullThresholdForAll'],
      })
      state = 'running'
    },
    stop,
    async pause() {
      if (state !== 'running') return
      state = 'paused'
    },
    async resume() {
      if (state !== 'paused') return
      state = 'running'
    },
    async take() {
      const taken = await consumer?.take()
      if (taken === undefined) return undefined
      const { message } = taken
      return {
        message: { payload: message.body, headers: inboundHeaders(message) },
        async acknowledge(how) {
          if (how === 'accept') taken.done()
          else if (how === 'requeue') taken.putBack()
          else await taken.reject()
        },
      }
    },
    onFailure,
    [Symbol.asyncDispose]: stop,
  }
}

/** Spring: `ErrorAcknowledgeHandler`. */
function failurePolicy(
  { binding, config }: SourceRequest<ConsumerBindingProperties>,
  { component }: SourceParts,
): (message: Message<Buffer>) => Settlement {
  const byDefault = config['push.delayLevelWhenNextConsume'] === DEAD_LETTER_LEVEL ? 'reject' : 'requeue'
  const name = config['pull.errAcknowledge']
  if (name === '') return () => byDefault
  const found = component(name, 'pull.errAcknowledge')
  const decide = typeof found === 'function' ? found : (found as { handler?: unknown } | null)?.handler
  if (typeof decide !== 'function') {
    throw binderErrors.RMQ_ERR_ACKNOWLEDGE({ binding, component: name, answer: `no function but ${typeof found}` })
  }
  return (message) => {
    const answer: unknown = decide.call(found, message)
    const word = String(answer).toLowerCase()
    if (word === 'accept' || word === 'reject' || word === 'requeue') return word
    throw binderErrors.RMQ_ERR_ACKNOWLEDGE({ binding, component: name, answer: String(answer) })
  }
}
