import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  EnableBinding,
  Input,
  MessageBuilder,
  type MessageChannel,
  Output,
  type RunOptions,
  SendTo,
  StreamApplication,
  StreamListener,
  type SubscribableChannel,
} from '../../src/index.ts'
import { type Cluster, freshName, startCluster } from '../kit/cluster.ts'
import { collectingLogger } from './collecting-logger.ts'

// What a user gets to read for each mistake: the thing, the value, and what to do.

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster()
})
afterAll(() => cluster?.[Symbol.asyncDispose]())

class Channels {
  @Input('orders') orders!: () => SubscribableChannel
  @Output('invoices') invoices!: () => MessageChannel
}

@EnableBinding(Channels)
class Listening {
  @StreamListener('orders')
  onOrder(): void {}
}

const PREFIX = 'spring.cloud.stream'

/** Runs with the RocketMQ binder on a real server, and closes again. */
async function run(
  service: new () => object,
  properties: Record<string, string> = {},
  options: RunOptions = {},
): Promise<void> {
  const app = await StreamApplication.run(service, {
    args: [],
    variables: {},
    signals: false,
    properties: {
      [`${PREFIX}.rocketmq.binder.name-server`]: cluster.nameServer,
      [`${PREFIX}.bindings.orders.destination`]: 'orders',
      [`${PREFIX}.bindings.orders.group`]: freshName('G'),
      [`${PREFIX}.bindings.invoices.destination`]: 'invoices',
      ...properties,
    },
    logger: collectingLogger().logger,
    ...options,
  })
  await app.close()
}

test('a topic with a dot is refused, naming the binding, the rule and a legal name', async () => {
  await expect(run(Listening, { [`${PREFIX}.bindings.orders.destination`]: 'orders.created' })).rejects.toMatchObject({
    message: expect.stringMatching(/orders.*orders\.created.*orders-created/s),
  })
})

test('a topic with a dot is refused for an output as well', async () => {
  await expect(run(Listening, { [`${PREFIX}.bindings.invoices.destination`]: 'in.voices' })).rejects.toMatchObject({
    message: expect.stringMatching(/invoices.*in\.voices.*in-voices/s),
  })
})

test('a listener on a channel that does not exist is refused, naming the nearest one', async () => {
  @EnableBinding(Channels)
  class Misspelt {
    @StreamListener('order')
    onOrder(): void {}
  }
  await expect(run(Misspelt)).rejects.toMatchObject({
    code: 'RMQ_BINDING_UNKNOWN',
    message: expect.stringMatching(/Misspelt.*onOrder.*"order".*"orders"/s),
  })
})

test('two listeners of a channel that both answer are refused', async () => {
  @EnableBinding(Channels)
  class Twice {
    @StreamListener('orders')
    @SendTo('invoices')
    first(): string {
      return 'a'
    }

    @StreamListener('orders')
    @SendTo('invoices')
    second(): string {
      return 'b'
    }
  }
  await expect(run(Twice)).rejects.toMatchObject({
    code: 'RMQ_LISTENER',
    message: expect.stringMatching(/Twice.*condition/s),
  })
})

test('a misspelt property is reported with the nearest key, and stops the start in strict mode', async () => {
  const { logger, lines } = collectingLogger()
  const misspelt = { [`${PREFIX}.rocketmq.bindings.orders.consumer.subscribtion`]: 'a' }
  await run(Listening, misspelt, { logger })
  expect(lines.filter((line) => line.includes('subscribtion'))).toEqual([
    expect.stringMatching(/^warn .*subscribtion.*subscription/),
  ])
  await expect(run(Listening, { ...misspelt, [`${PREFIX}.strict`]: 'true' })).rejects.toMatchObject({
    code: 'RMQ_CONFIG_UNKNOWN_KEYS',
  })
})

test.each([
  ['use-tls', 'true'],
  ['access-key', 'k'],
  ['namespace', 'n'],
])('a property that this version cannot honour is refused: %s', async (key, value) => {
  await expect(run(Listening, { [`${PREFIX}.rocketmq.binder.${key}`]: value })).rejects.toMatchObject({
    message: expect.stringMatching(/is not supported by this version/),
  })
})

test('a name server that nobody answers at is named', async () => {
  await expect(run(Listening, { [`${PREFIX}.rocketmq.binder.name-server`]: '127.0.0.1:1' })).rejects.toMatchObject({
    message: expect.stringMatching(/127\.0\.0\.1:1/),
  })
})

test('a delay that is no level is refused by the send', async () => {
  const app = await StreamApplication.run(Listening, {
    args: [],
    variables: {},
    signals: false,
    logger: collectingLogger().logger,
    properties: {
      [`${PREFIX}.rocketmq.binder.name-server`]: cluster.nameServer,
      [`${PREFIX}.bindings.orders.group`]: freshName('G'),
    },
  })
  const message = MessageBuilder.withPayload('x').setHeader('DELAY', 'soon').build()
  await expect(app.channel('invoices').send(message)).rejects.toMatchObject({
    message: 'Header DELAY is "soon": expected a whole number from 0 to 2147483647.',
  })
  await app.close()
})
