import { expect, onTestFinished, test } from 'vitest'
import {
  EnableBinding,
  Input,
  MessageBuilder,
  type MessageChannel,
  Output,
  StreamApplication,
  StreamListener,
  type SubscribableChannel,
} from '../../src/index.ts'
import { decodeProperties, SYS_FLAG } from '../../src/message/index.ts'
import {
  type Call,
  ConsumerSendBack,
  RESPONSE_CODE,
  type Reply,
  type RequestOf,
  type ResponseOf,
  route,
  SendMessageV2,
} from '../../src/remoting/index.ts'
import { scriptedGroup } from '../kit/scripted-group.ts'
import { routeAt, startScriptedBroker, startScriptedNamesrv } from '../kit/scripted-servers.ts'
import { storedRecord } from '../kit/stored-record.ts'
import { until } from '../kit/until.ts'
import { collectingLogger } from './collecting-logger.ts'

// The effect of each property of the RocketMQ binder's sends and returns, as a broker sees it; old and new keys.

type Sent = RequestOf<typeof SendMessageV2> & {
  readonly oneway: boolean
  readonly broker: string
  readonly bytes: number
  readonly with: Readonly<Record<string, string>>
}
type Answer = (call: Call<ResponseOf<typeof SendMessageV2>>) => Reply<ResponseOf<typeof SendMessageV2>> | undefined

const stored: Answer = () => ({ header: { msgId: 'M', queueId: 0, queueOffset: 7 } })
const says =
  (code: number): Answer =>
  (call) => ({ ...stored(call), code, remark: `says ${code}` })

const BINDING = 'spring.cloud.stream.rocketmq.bindings.output.producer'

class Out {
  @Output('output') readonly output!: () => MessageChannel
}

@EnableBinding(Out)
class Sending {}

function owned<Resource extends AsyncDisposable>(resource: Resource): Resource {
  onTestFinished(() => resource[Symbol.asyncDispose]())
  return resource
}

/** A program with one output at brokers that answer like this; what they saw, and the log. */
async function sending(keys: Readonly<Record<string, string | number>>, ...answers: readonly Answer[]) {
  return sendingWith({}, keys, ...answers)
}

/** As {@link sending}, with components. */
async function sendingWith(
  components: Readonly<Record<string, unknown>>,
  keys: Readonly<Record<string, string | number>>,
  ...answers: readonly Answer[]
) {
  const seen: Sent[] = []
  const addresses: Record<string, string> = {}
  for (const [at, answer] of (answers.length === 0 ? [stored] : answers).entries()) {
    const name = `broker-${at}`
    const take = route(SendMessageV2, (request, call) => {
      const { oneway, body } = call
      seen.push({
        ...request,
        oneway,
        broker: name,
        bytes: body.length,
        with: decodeProperties(request.properties ?? ''),
      })
      return answer(call)
    })
    addresses[name] = owned(await startScriptedBroker(take)).address
  }
  const namesrv = owned(await startScriptedNamesrv(new Map([['T', routeAt(addresses, 1)]])))
  const { logger, lines } = collectingLogger()
  const properties = {
    'spring.cloud.stream.rocketmq.binder.name-server': namesrv.address,
    'spring.cloud.stream.bindings.output.destination': 'T',
    ...Object.fromEntries(Object.entries(keys).map(([key, value]) => [`${BINDING}.${key}`, value])),
  }
  const quiet = { logger, args: [], variables: {}, directory: '/nonexistent', signals: false }
  const app = owned(await StreamApplication.run(Sending, { ...quiet, components, properties }))
  const send = (payload: string, headers: Record<string, unknown> = {}) =>
    app.channel('output').send(MessageBuilder.withPayload(payload).copyHeaders(headers).build())
  return { send, seen, lines }
}

const failureOf = async (send: Promise<unknown>) =>
  (await send.then(
    () => undefined,
    (failure: unknown) => failure,
  )) as { code: string; details: { attempts: readonly unknown[]; timeoutMs: number; bytesMax: number } }

const MODES = [{}, { 'send-type': 'Sync' }, { 'send-type': 'async' }, { 'send-type': 'OneWay' }, { sync: 'false' }]

test.each(MODES)('a delay, tags and keys travel in every way of sending: %o', async (keys) => {
  const { send, seen } = await sending(keys)
  await send('x', { DELAY: '3', TAGS: 't', KEYS: 'a b' })
  await until('the broker has it', () => seen.length === 1)
  expect(seen[0]?.with).toMatchObject({ DELAY: '3', TAGS: 't', KEYS: 'a b' })
  expect(seen[0]?.oneway).toBe('send-type' in keys && keys['send-type'] === 'OneWay')
})

test('a delay survives the retries of a send', async () => {
  const { send, seen } = await sending({}, says(RESPONSE_CODE.SYSTEM_BUSY), stored)
  for (let n = 0; n < 2; n++) await send('x', { DELAY: 2 })
  expect(new Set(seen.map(({ broker }) => broker))).toEqual(new Set(['broker-0', 'broker-1']))
  expect(seen.every((request) => request.with['DELAY'] === '2')).toBe(true)
})

test('a OneWay send asks for no answer and gives no id', async () => {
  const { send, seen } = await sending({ 'send-type': 'OneWay' }, says(RESPONSE_CODE.SYSTEM_ERROR))
  expect(await send('x')).toEqual({ messageId: '', destination: 'T', details: {} })
  await until('the broker has it', () => seen.length === 1)
})

test.each([
  ['Sync', { 'retry-times-when-send-failed': 1, 'retry-times-when-send-async-failed': 4 }, 2],
  ['Async', { 'retry-times-when-send-failed': 4, 'retry-times-when-send-async-failed': 0 }, 1],
  ['Sync', {}, 3],
])('%s with %o makes %i attempts', async (sendType, keys, attempts) => {
  const busy = says(RESPONSE_CODE.SYSTEM_BUSY)
  const { send, seen } = await sending({ 'send-type': sendType, ...keys }, busy, busy)
  expect((await failureOf(send('x'))).details.attempts).toHaveLength(attempts)
  expect(seen).toHaveLength(attempts)
})

test.each([{ 'send-msg-timeout': 60 }, { 'send-message-timeout': '60ms' }])(
  'a send that nobody answers ends after the time-out: %o',
  async (keys) => {
    const { send } = await sending(keys, () => undefined)
    expect(await failureOf(send('x'))).toMatchObject({ code: 'RMQ_SEND_TIMEOUT', details: { timeoutMs: 60 } })
  },
)

test.each([{ 'compress-msg-body-threshold': 100 }, { 'compress-message-body-threshold': 100 }])(
  'bodies from the threshold on are compressed: %o',
  async (keys) => {
    const { send, seen } = await sending(keys)
    await send('x'.repeat(99))
    await send('x'.repeat(100))
    expect(seen.map(({ sysFlag }) => sysFlag & SYS_FLAG.compressed)).toEqual([0, SYS_FLAG.compressed])
    expect(seen[0]?.bytes).toBe(99)
    expect(seen[1]?.bytes).toBeLessThan(99)
  },
)

test('a body above max-message-size is refused before it is sent', async () => {
  const { send, seen } = await sending({ 'max-message-size': 10 })
  expect(await failureOf(send('x'.repeat(11)))).toMatchObject({
    code: 'RMQ_MESSAGE_TOO_LARGE',
    details: { bytesMax: 10 },
  })
  await send('x'.repeat(10))
  expect(seen).toHaveLength(1)
})

test.each([{ 'retry-another-broker': 'true' }, { 'retry-next-server': 'true' }])(
  'a message that one broker did not store safely goes to another one: %o',
  async (keys) => {
    const weak = says(RESPONSE_CODE.FLUSH_DISK_TIMEOUT)
    const { send, seen } = await sending(keys, weak, stored)
    for (let n = 0; n < 2; n++) expect((await send('x')).details).toMatchObject({ status: 'SEND_OK' })
    expect(new Set(seen.map(({ broker }) => broker))).toEqual(new Set(['broker-0', 'broker-1']))
  },
)

test('the producer group is the binding’s, and old keys are said with their new names', async () => {
  const { send, seen, lines } = await sending({ group: 'shop', sync: 'true', 'send-message-timeout': 500 })
  await send('x')
  expect(seen[0]?.producerGroup).toBe('shop')
  expect(lines.filter((line) => line.includes('is an old key'))).toEqual([
    expect.stringContaining(
      `${BINDING}.send-message-timeout is an old key and is honoured; the new one is ${BINDING}.send-msg-timeout`,
    ),
    expect.stringContaining(`${BINDING}.sync is an old key and is honoured; the new one is ${BINDING}.send-type`),
  ])
  expect(lines).toContainEqual(expect.stringContaining('output output → T (rocketmq: Sync, 500 ms, 2 retries)'))
})

test('enabled=false: sending fails, and nothing is sent', async () => {
  const { send, seen } = await sending({ enabled: 'false' })
  expect((await failureOf(send('x'))).code).toBe('RMQ_OUTPUT_STOPPED')
  expect(seen).toEqual([])
})

class In {
  @Input('input') readonly input!: () => SubscribableChannel
}

@EnableBinding(In)
class Refusing {
  @StreamListener('input')
  onMessage(): void {
    throw new Error('no')
  }
}

/**
 * A program with one input that gets one message from a scripted broker; how the message was given back, and the log.
 */
async function returning(service: new () => object, keys: Readonly<Record<string, string | number>>) {
  const group = scriptedGroup()
  const returned: object[] = []
  const take = route(ConsumerSendBack, (request) => {
    returned.push(request)
    return {}
  })
  const broker = owned(await startScriptedBroker(...group.routes, take))
  const namesrv = owned(await startScriptedNamesrv(new Map([['T', routeAt({ a: broker.address }, 1)]])))
  const { logger, lines } = collectingLogger()
  const section = 'spring.cloud.stream.rocketmq.bindings.input.consumer'
  const properties = {
    'spring.cloud.stream.rocketmq.binder.name-server': namesrv.address,
    'spring.cloud.stream.bindings.input.destination': 'T',
    'spring.cloud.stream.bindings.input.group': 'G',
    'spring.cloud.stream.bindings.input.consumer.back-off-initial-interval': 1,
    ...Object.fromEntries(Object.entries(keys).map(([key, value]) => [`${section}.${key}`, value])),
  }
  const quiet = { logger, args: [], variables: {}, directory: '/nonexistent', signals: false }
  owned(await StreamApplication.run(service, { ...quiet, properties }))
  await until('a pull', () => group.pulls.length > 0)
  const position = { suggestWhichBrokerId: 0, minOffset: 0, maxOffset: 1, nextBeginOffset: 1 }
  group.pulls.shift()?.reply({ header: position, body: storedRecord({ topic: 'T', body: 'x', queueOffset: 0 }) })
  await until('the message given back', () => returned.length === 1)
  return { returned, lines }
}

test.each([
  [{}, { delayLevel: 0, maxReconsumeTimes: 16 }, '3 in-process × 17 deliveries, then %DLQ%G'],
  [{ 'push.max-reconsume-times': 0 }, { delayLevel: 0, maxReconsumeTimes: 0 }, '× 1 delivery, then %DLQ%G'],
  [{ 'push.max-reconsume-times': -1 }, { maxReconsumeTimes: 16 }, '× 17 deliveries'],
  [{ 'push.delay-level-when-next-consume': 4 }, { delayLevel: 4 }, '× 17 deliveries'],
  [{ delayLevelWhenNextConsume: 5 }, { delayLevel: 5 }, '× 17 deliveries'],
  [{ 'push.delayLevelWhenNextConsume': -1 }, { delayLevel: -1 }, '× 1 delivery, then %DLQ%G'],
])('a refused message is given back as %o says', async (keys, given, policy) => {
  const { returned, lines } = await returning(Refusing, keys)
  expect(returned[0]).toMatchObject({ group: 'G', originTopic: 'T', ...given })
  expect(lines).toContainEqual(expect.stringContaining(policy))
})

test('a message whose listener does not end is given back after push.consume-timeout', async () => {
  let finish = (): void => undefined
  onTestFinished(() => finish())
  @EnableBinding(In)
  class Endless {
    @StreamListener('input')
    onMessage(): Promise<void> {
      return new Promise((resolve) => {
        finish = resolve
      })
    }
  }
  const { returned } = await returning(Endless, { 'push.consume-timeout': '30ms' })
  expect(returned[0]).toMatchObject({ delayLevel: 3, originTopic: 'T' })
})

test('a send-call-back is told what became of each message sent with send-type=Async', async () => {
  const told: unknown[] = []
  const callback = {
    onSuccess: ({ status }: { status: string }) => told.push(status),
    onException: ({ code }: { code: string }) => told.push(code),
  }
  const keys = { 'send-type': 'Async', 'send-call-back': 'callback', 'retry-times-when-send-async-failed': 0 }
  const answers = [stored({} as never), says(RESPONSE_CODE.SYSTEM_ERROR)({} as never)]
  const { send } = await sendingWith({ callback }, keys, () => answers.shift())
  await send('good')
  await failureOf(send('bad'))
  expect(told).toEqual(['SEND_OK', 'RMQ_SEND_FAILED'])
})

test('a send-call-back that is a mere function, and hooks, stop the start', async () => {
  const keys = { 'send-type': 'Async', 'send-call-back': 'callback' }
  await expect(sendingWith({ callback: () => undefined }, keys)).rejects.toThrow('onSuccess(result) and onException')
  for (const hook of ['check-forbidden-hook', 'send-message-hook'])
    await expect(sending({ [hook]: 'mine' })).rejects.toThrow('is not supported by this version')
})
