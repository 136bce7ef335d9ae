import { expect, test } from 'vitest'
import { booleanText, defineConfig, plainText, setting } from '../../base/config/index.ts'
import { seededRandom } from '../../base/random/index.ts'
import type { BinderType } from '../binder/index.ts'
import { Environment, unknownKeys } from './index.ts'

const type: BinderType = {
  name: 'mq',
  tables: {
    binder: defineConfig({ nameServer: setting(plainText, '', 'Address.') }),
    consumer: defineConfig({
      'push.orderly': setting(booleanText, false, 'Order.'),
      subscription: setting(plainText, '', 'Tags.'),
    }),
    producer: defineConfig({}),
    oldConsumerKeys: { orderly: { key: 'push.orderly' }, tags: { key: 'subscription' } },
  },
  open: async () => Promise.reject(new Error('not opened here')),
}

function sentences(...keys: readonly string[]): readonly string[] {
  const entries = new Map(keys.map((key, at) => [key, { text: '', origin: `f:${at + 1}` }]))
  const environment = new Environment([{ name: 'f', entries }], seededRandom(1))
  const bindings = [
    { name: 'input', direction: 'input' },
    { name: 'orders.out', direction: 'output' },
  ] as const
  return unknownKeys(environment, bindings, ['audit'], [type])
}

test('known keys in every spelling, old keys, free sections and foreign keys are not spoken of', () => {
  expect(
    sentences(
      'server.port',
      'spring.cloud.stream.bindings.input.consumer.maxAttempts',
      'spring.cloud.stream.bindings.INPUT.consumer.max-attempts',
      'spring.cloud.stream.bindings.input.consumer.retryable-exceptions.java.lang.Error',
      'spring.cloud.stream.bindings[orders.out].producer.partition-count',
      'spring.cloud.stream.mq.bindings.input.consumer.orderly',
      'spring.cloud.stream.mq.binder.name-server',
      'spring.cloud.stream.rabbit.bindings.input.consumer.prefetch',
      'spring.cloud.stream.binders.a.environment.x',
      'spring.cloud.stream.default.group',
      'spring.cloud.stream.instance-count',
      'spring.cloud.stream.dynamic-destinations[0]',
      'spring.cloud.stream.pollable-source',
    ),
  ).toEqual([])
})

test('a misspelt key, a key in the wrong section and a binding that is not there are explained', () => {
  expect(
    sentences(
      'spring.cloud.stream.bindings.input.consumer.max-atempts',
      'spring.cloud.stream.bindings.input.consumer.tags',
      'spring.cloud.stream.bindings.inptu.group',
      'spring.cloud.stream.mq.binder.name-servr',
      'spring.cloud.stream.default.destination',
    ),
  ).toEqual([
    'f:1: unknown key "spring.cloud.stream.bindings.input.consumer.max-atempts" is ignored; did you mean "spring.cloud.stream.bindings.input.consumer.max-attempts"?',
    'f:2: unknown key "spring.cloud.stream.bindings.input.consumer.tags" is ignored; did you mean "spring.cloud.stream.mq.bindings.input.consumer.tags"?',
    'f:3: unknown key "spring.cloud.stream.bindings.inptu.group" is ignored: the program has no binding "inptu"; did you mean "input"? (it has input, orders.out)',
    'f:4: unknown key "spring.cloud.stream.mq.binder.name-servr" is ignored; did you mean "spring.cloud.stream.mq.binder.name-server"?',
    expect.stringContaining('f:5: unknown key "spring.cloud.stream.default.destination" is ignored'),
  ])
})

test('a key that Spring knows and that does nothing here yet is not passed over in silence', () => {
  expect(sentences('spring.cloud.stream.binding-retry-interval')).toEqual([
    'f:1: "spring.cloud.stream.binding-retry-interval" is not supported yet and has no effect',
  ])
})

test('outputs that StreamBridge makes by name have the keys of outputs, and no others', () => {
  expect(
    sentences(
      'spring.cloud.stream.bindings.paid-out-0.destination',
      'spring.cloud.stream.bindings[paid-out-0].producer.partition-count',
      'spring.cloud.stream.bindings.audit.content-type',
      'spring.cloud.stream.rabbit.bindings.paid-out-1.producer.anything',
    ),
  ).toEqual([])
  expect(
    sentences(
      'spring.cloud.stream.bindings.paid-out-0.destinatoin',
      'spring.cloud.stream.bindings.audit.producer.partition-cuont',
      'spring.cloud.stream.bindings.paid-out-0.consumer.max-attempts',
      'spring.cloud.stream.bindings.payments.destination',
    ),
  ).toEqual([
    'f:1: unknown key "spring.cloud.stream.bindings.paid-out-0.destinatoin" is ignored; did you mean "spring.cloud.stream.bindings.paid-out-0.destination"?',
    'f:2: unknown key "spring.cloud.stream.bindings.audit.producer.partition-cuont" is ignored; did you mean "spring.cloud.stream.bindings.audit.producer.partition-count"?',
    expect.stringContaining(
      'f:3: unknown key "spring.cloud.stream.bindings.paid-out-0.consumer.max-attempts" is ignored',
    ),
    expect.stringContaining('the program has no binding "payments"'),
  ])
})
