import { expect, onTestFinished, test } from 'vitest'
import { type Client, openClient, type Producer, type ProducerOptions } from '../../src/client/index.ts'
import {
  type Call,
  RESPONSE_CODE,
  type Reply,
  type ResponseOf,
  type Route,
  type RouteData,
  route,
  SendMessageV2,
} from '../../src/remoting/index.ts'
import { routeAt, type ScriptedServer, startScriptedBroker, startScriptedNamesrv } from '../kit/scripted-servers.ts'
import { until } from '../kit/until.ts'

type Stored = ResponseOf<typeof SendMessageV2>
type Answer = (queueId: number, call: Call<Stored>) => Reply<Stored> | undefined

const message = { topic: 'T', body: Buffer.from('x') }
const stored: Answer = (queueId) => ({ header: { msgId: 'M', queueId, queueOffset: 7 } })
const refused =
  (code: number): Answer =>
  () => ({ code, remark: `says ${code}` })

function owned<Resource extends AsyncDisposable>(resource: Resource): Resource {
  onTestFinished(() => resource[Symbol.asyncDispose]())
  return resource
}

function sends(answer: Answer): Route {
  return route(SendMessageV2, ({ queueId }, call) => answer(queueId, call))
}

interface Cluster {
  readonly client: Client
  readonly producer: Producer
  readonly topics: Map<string, RouteData>
  readonly brokers: Readonly<Record<string, ScriptedServer>>
}

/** A cluster with one scripted broker per answer and topic `T` with one queue on each. */
async function cluster(
  answers: Readonly<Record<string, Answer>>,
  options: Partial<ProducerOptions> = {},
): Promise<Cluster> {
  const brokers: Record<string, ScriptedServer> = {}
  const addresses: Record<string, string> = {}
  for (const [name, answer] of Object.entries(answers)) {
    const broker = owned(await startScriptedBroker(sends(answer)))
    brokers[name] = broker
    addresses[name] = broker.address
  }
  const topics = new Map([['T', routeAt(addresses, 1)]])
  const namesrv = owned(await startScriptedNamesrv(topics))
  const client = owned(await openClient({ nameServer: namesrv.address }))
  return { client, producer: await client.producer({ group: 'P', ...options }), topics, brokers }
}

/** Broker names of the attempts of a failed send. */
function attempts(failure: unknown): string[] {
  return (failure as { details: { attempts: { broker: string }[] } }).details.attempts.map((one) => one.broker)
}

test.each([1, 2, 14, 16, 17, 204, 205, 1500])('a broker that says %i is left for another one', async (code) => {
  const { producer } = await cluster({ a: refused(code), b: stored })
  for (let round = 0; round < 2; round++) {
    expect(await producer.send(message)).toMatchObject({
      status: 'SEND_OK',
      queue: { brokerName: 'b' },
      queueOffset: 7,
    })
  }
})

test('an answer that another broker would give as well ends the send at once', async () => {
  const { producer } = await cluster({
    a: refused(RESPONSE_CODE.MESSAGE_ILLEGAL),
    b: refused(RESPONSE_CODE.MESSAGE_ILLEGAL),
  })
  const failure = await producer.send(message).catch((thrown) => thrown)
  expect(failure).toMatchObject({ code: 'RMQ_SEND_FAILED', details: { topic: 'T', responseCode: 13 } })
  expect(attempts(failure)).toHaveLength(1)
  expect(failure.message).toContain('says 13')
})

test('a lost connection is no lost message: another broker gets it', async () => {
  const lost: Answer = (_, call) => {
    call.peer.destroy('test')
    return undefined
  }
  const { producer } = await cluster({ a: lost, b: stored })
  for (let round = 0; round < 2; round++) expect((await producer.send(message)).queue.brokerName).toBe('b')
})

test('a broker that is gone is left for another one', async () => {
  const { producer, brokers } = await cluster({ a: stored, b: stored })
  await producer.send(message)
  await brokers['a']?.[Symbol.asyncDispose]()
  for (let round = 0; round < 4; round++) expect((await producer.send(message)).queue.brokerName).toBe('b')
})

test('a failure names every attempt', async () => {
  const { producer } = await cluster({ a: refused(1), b: refused(2) })
  const failure = await producer.send(message).catch((thrown) => thrown)
  expect(failure.code).toBe('RMQ_SEND_FAILED')
  expect(new Set(attempts(failure))).toEqual(new Set(['a', 'b']))
  expect(attempts(failure)).toHaveLength(3)
})

test('retriesMax 0 means one attempt', async () => {
  const { producer } = await cluster({ a: refused(1), b: refused(1) }, { retriesMax: 0 })
  expect(attempts(await producer.send(message).catch((thrown) => thrown))).toHaveLength(1)
})

test('a broker that does not answer ends in a time-out that names it', async () => {
  const { producer } = await cluster({ a: () => undefined }, { sendTimeoutMs: 200 })
  const failure = await producer.send(message).catch((thrown) => thrown)
  expect(failure).toMatchObject({ code: 'RMQ_SEND_TIMEOUT', details: { topic: 'T', timeoutMs: 200 } })
  expect(attempts(failure)).toEqual(['a'])
})

test.each([
  [10, 'FLUSH_DISK_TIMEOUT'],
  [11, 'SLAVE_NOT_AVAILABLE'],
  [12, 'FLUSH_SLAVE_TIMEOUT'],
])('answer %i is a message stored with status %s', async (code, status) => {
  const weak: Answer = (queueId, call) => ({ ...stored(queueId, call), code })
  const { producer } = await cluster({ a: weak, b: weak })
  expect((await producer.send(message)).status).toBe(status)
  const strict = await cluster({ a: weak, b: stored }, { retryOtherBrokerOnNotStored: true })
  expect((await strict.producer.send(message)).queue.brokerName).toBe('b')
  const nowhere = await cluster({ a: weak, b: weak }, { retryOtherBrokerOnNotStored: true })
  expect((await nowhere.producer.send(message)).status).toBe(status)
})

test('a message whose queue the caller chose goes there or nowhere', async () => {
  const { producer } = await cluster({ a: refused(1), b: stored })
  const toA = { topic: 'T', brokerName: 'a', queueId: 0 }
  const failure = await producer.send(message, { queue: toA }).catch((thrown) => thrown)
  expect(attempts(failure)).toEqual(['a'])
  const byName = await producer.send(message, {
    queue: (queues) => queues.find((queue) => queue.brokerName === 'b') ?? toA,
  })
  expect(byName.queue.brokerName).toBe('b')
})

test('a selector that gives no queue of the topic is the caller’s error', async () => {
  const { producer } = await cluster({ a: stored })
  const illegal = { code: 'RMQ_QUEUE_ILLEGAL' }
  await expect(producer.send(message, { queue: () => undefined as never })).rejects.toMatchObject(illegal)
  await expect(producer.send(message, { queue: { ...toOther } })).rejects.toMatchObject(illegal)
  const bug = (): never => {
    throw new Error('bug')
  }
  await expect(producer.send(message, { queue: bug })).rejects.toThrow('the selector threw "bug"')
})

const toOther = { topic: 'U', brokerName: 'a', queueId: 0 }

test('the first message of an unknown topic goes to where topics are created', async () => {
  const { producer, topics, brokers } = await cluster({ a: stored })
  topics.set('TBW102', routeAt({ a: brokers['a']?.address ?? '' }, 8))
  const queueIds = new Set<number>()
  for (let round = 0; round < 8; round++)
    queueIds.add((await producer.send({ ...message, topic: 'New' })).queue.queueId)
  expect(queueIds).toEqual(new Set([0, 1, 2, 3]))
})

test('a topic that nobody has or creates is not found', async () => {
  const { producer } = await cluster({ a: stored })
  await expect(producer.send({ ...message, topic: 'Nowhere' })).rejects.toMatchObject({
    code: 'RMQ_TOPIC_NOT_FOUND',
    details: { topic: 'Nowhere' },
  })
})

test('one name server of several is enough', async () => {
  const broker = owned(await startScriptedBroker(sends(stored)))
  const namesrv = owned(await startScriptedNamesrv(new Map([['T', routeAt({ a: broker.address }, 1)]])))
  const gone = await startScriptedNamesrv(new Map())
  await gone[Symbol.asyncDispose]()
  for (let round = 0; round < 3; round++) {
    const client = owned(await openClient({ nameServer: [gone.address, namesrv.address] }))
    const producer = await client.producer({ group: 'P' })
    expect((await producer.send(message)).status).toBe('SEND_OK')
  }
  const lost = owned(await openClient({ nameServer: gone.address }))
  const producer = await lost.producer({ group: 'P' })
  await expect(producer.send(message)).rejects.toMatchObject({ code: 'RMQ_NAME_SERVERS_UNREACHABLE' })
})

test('no more sends than inFlightMax are under way; the others wait in order, up to waitingMax', async () => {
  let underWay = 0
  let most = 0
  const slow: Answer = (queueId, call) => {
    most = Math.max(most, ++underWay)
    setTimeout(() => {
      underWay--
      call.reply({ header: { msgId: 'M', queueId, queueOffset: 0 } })
    }, 2)
    return undefined
  }
  const { producer } = await cluster({ a: slow }, { inFlightMax: 3, waitingMax: 10 })
  const sent = Array.from({ length: 14 }, () => producer.send(message))
  await expect(sent[13]).rejects.toMatchObject({ code: 'RMQ_SEND_BACKLOG' })
  await Promise.all(sent.slice(0, 13))
  expect(most).toBe(3)
})

test('an aborted send rejects with the reason', async () => {
  const { producer } = await cluster({ a: () => undefined })
  const controller = new AbortController()
  const sending = producer.send(message, { signal: controller.signal, timeoutMs: 300 })
  controller.abort(new Error('no longer wanted'))
  await expect(sending).rejects.toThrow('no longer wanted')
  await expect(producer.send(message, { signal: controller.signal })).rejects.toThrow('no longer wanted')
})

test('closing a producer waits for its sends, and it takes no more', async () => {
  const slow: Answer = (queueId, call) => {
    setTimeout(() => call.reply({ header: { msgId: 'M', queueId, queueOffset: 0 } }), 30)
    return undefined
  }
  const { client, producer } = await cluster({ a: slow })
  let confirmed = false
  const sending = producer.send(message).then(() => {
    confirmed = true
  })
  await producer[Symbol.asyncDispose]()
  expect(confirmed).toBe(true)
  await sending
  await expect(producer.send(message)).rejects.toMatchObject({ code: 'RMQ_ALREADY_CLOSED' })
  await expect(client.producer({ group: 'P' })).resolves.toBeDefined()
})

test('producers of one group live side by side, each with its own settings', async () => {
  const { client, producer } = await cluster({ a: stored })
  const second = await client.producer({ group: 'P', sendTimeoutMs: 1000 })
  await producer[Symbol.asyncDispose]()
  await expect(second.send(message)).resolves.toMatchObject({ status: 'SEND_OK' })
})

test('a topic that a message created is looked up at once', async () => {
  const { client, producer, topics, brokers } = await cluster({ a: stored })
  const address = brokers['a']?.address ?? ''
  topics.set('TBW102', routeAt({ a: address }, 8))
  await producer.send({ ...message, topic: 'New' })
  topics.set('New', routeAt({ a: address }, 1))
  await producer.send({ ...message, topic: 'New' })
  await until('the real route', async () => (await producer.send({ ...message, topic: 'New' })).queue.queueId === 0)
  expect((await client.queuesOf('New')).map((queue) => queue.queueId)).toEqual([0])
})
