import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { CheckedMessage, Client, TransactionProducer } from '../../src/client/index.ts'
import {
  CheckTransactionState,
  EndTransaction,
  RESPONSE_CODE,
  type RequestOf,
  route,
  SendMessageV2,
  TRANSACTION_END,
} from '../../src/remoting/index.ts'
import { type Cluster, freshName, startCluster, testClient } from '../kit/cluster.ts'
import { routeAt, type ScriptedServer, startScriptedBroker, startScriptedNamesrv } from '../kit/scripted-servers.ts'
import { storedRecord } from '../kit/stored-record.ts'
import { until } from '../kit/until.ts'
import { collectingLogger } from './collecting-logger.ts'

// Transactions of our client on our server, which asks about open ones almost at once.

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster({ transactionTimeOut: 100, transactionCheckInterval: 50 })
})
afterAll(() => cluster?.[Symbol.asyncDispose]())

const unasked = async (): Promise<never> => {
  throw new Error('nobody should ask')
}
const body = (text: string): Buffer => Buffer.from(text)

/** What a topic's consumer has got so far. */
async function consumed(client: Client, topic: string): Promise<readonly string[]> {
  const texts: string[] = []
  await client.pushConsumer({
    group: freshName('C'),
    subscriptions: [{ topic }],
    from: 'first',
    listener: (message) => {
      texts.push(message.body.toString())
    },
  })
  return texts
}

function producerOf(
  client: Client,
  check: (message: CheckedMessage) => Promise<'commit' | 'rollback' | 'unknown'> = unasked,
) {
  return client.transactionProducer({ group: freshName('P'), check })
}

/** Sends a plain message, whose arrival shows that what was sent before it would be there, too. */
async function mark(producer: TransactionProducer, topic: string, texts: readonly string[]): Promise<void> {
  await producer.send({ topic, body: body('mark') })
  await until('the mark arrives', () => texts.includes('mark'))
}

test('the work runs when the first half is stored, and a commit delivers it', async () => {
  const client = await testClient(cluster)
  const topic = freshName('T')
  const producer = await producerOf(client)
  const texts = await consumed(client, topic)
  const worked: string[] = []
  const sent = await producer.sendInTransaction({ topic, tag: 'A', body: body('paid') }, async (message) => {
    await mark(producer, topic, texts)
    worked.push(`${message.tag} ${message.body} ${texts}`)
    expect(message.transactionId).toHaveLength(32)
    return 'commit'
  })
  expect(worked).toEqual(['A paid mark'])
  expect(sent).toMatchObject({ status: 'SEND_OK', state: 'commit', transactionId: sent.messageId })
  await until('it arrives', () => texts.includes('paid'))
})

test('what is rolled back is never seen', async () => {
  const client = await testClient(cluster)
  const topic = freshName('T')
  const producer = await producerOf(client)
  const sent = await producer.sendInTransaction({ topic, body: body('refused') }, async () => 'rollback')
  expect(sent.state).toBe('rollback')
  const texts = await consumed(client, topic)
  await mark(producer, topic, texts)
  expect(texts).toEqual(['mark'])
})

test.each([
  ['answers unknown', async () => 'unknown' as const, undefined],
  ['answers nothing', () => undefined as never, undefined],
  ['answers nonsense', () => true as never, undefined],
  [
    'throws',
    () => {
      throw new Error('database away')
    },
    'database away',
  ],
])('work that %s leaves the end to the check', async (_, work, reason) => {
  const client = await testClient(cluster)
  const topic = freshName('T')
  const checked: CheckedMessage[] = []
  const producer = await producerOf(client, async (message) => {
    checked.push(message)
    return checked.length < 2 ? 'unknown' : 'commit'
  })
  const sent = await producer.sendInTransaction({ topic, keys: ['k'], body: body('open') }, work)
  expect(sent.state).toBe('unknown')
  expect((sent.failure as Error | undefined)?.message).toBe(reason)
  const texts = await consumed(client, topic)
  await until('it arrives', () => texts.length > 0)
  expect(checked[0]).toMatchObject({ topic, transactionId: sent.transactionId, checkTimes: 1, keys: ['k'] })
  expect(checked[0]?.body.toString()).toBe('open')
  expect(checked[1]?.checkTimes).toBe(2)
  await mark(producer, topic, texts)
  expect(texts).toEqual(['open', 'mark'])
})

test('a check that throws is asked again', async () => {
  const client = await testClient(cluster)
  const topic = freshName('T')
  let checks = 0
  const producer = await producerOf(client, async () => {
    if (checks++ === 0) throw new Error('not now')
    return 'rollback'
  })
  await producer.sendInTransaction({ topic, body: body('open') }, async () => 'unknown')
  await until('it was asked twice', () => checks === 2)
})

test('another member of the group answers for one that is gone, before it has sent anything itself', async () => {
  const topic = freshName('T')
  const group = freshName('P')
  const first = await testClient(cluster)
  const dying = await first.transactionProducer({ group, check: unasked })
  const { transactionId } = await dying.sendInTransaction({ topic, body: body('orphan') }, async () => 'unknown')
  await first[Symbol.asyncDispose]()
  const second = await testClient(cluster)
  const asked: string[] = []
  await second.transactionProducer({
    group,
    check: async (message) => {
      asked.push(message.transactionId)
      return 'commit'
    },
  })
  const texts = await consumed(second, topic)
  await until('it arrives', () => texts.includes('orphan'))
  expect(new Set(asked)).toEqual(new Set([transactionId]))
})

test('checks run one at a time unless more are allowed, and closing waits for them', async () => {
  const client = await testClient(cluster)
  const topic = freshName('T')
  let running = 0
  let most = 0
  let done = 0
  const gates: (() => void)[] = []
  const producer = await client.transactionProducer({
    group: freshName('P'),
    checkConcurrency: 2,
    check: async () => {
      running++
      most = Math.max(most, running)
      await new Promise<void>((open) => gates.push(open))
      running--
      done++
      return 'commit'
    },
  })
  for (const text of ['a', 'b', 'c']) {
    await producer.sendInTransaction({ topic, body: body(text) }, async () => 'unknown')
  }
  await until('two are checked', () => gates.length === 2)
  const closing = producer[Symbol.asyncDispose]()
  expect(done).toBe(0)
  for (const open of gates) open()
  await closing
  expect([most, done, gates.length]).toEqual([2, 2, 2])
})

test('closing waits for the work of a transaction and tells its end', async () => {
  const client = await testClient(cluster)
  const topic = freshName('T')
  const producer = await producerOf(client)
  let finish: (() => void) | undefined
  const sending = producer.sendInTransaction({ topic, body: body('last') }, async () => {
    await new Promise<void>((open) => {
      finish = open
    })
    return 'commit'
  })
  await until('the work runs', () => finish !== undefined)
  const closing = producer[Symbol.asyncDispose]()
  finish?.()
  expect((await sending).state).toBe('commit')
  await closing
  const again = producer.sendInTransaction({ topic, body: body('too late') }, async () => 'commit')
  await expect(again).rejects.toMatchObject({ code: 'RMQ_ALREADY_CLOSED' })
  const texts = await consumed(client, topic)
  await until('it arrives', () => texts.includes('last'))
})

test('a message that cannot be sent, or asks for a delay, is refused before the work runs', async () => {
  const client = await testClient(cluster)
  const producer = await producerOf(client)
  let worked = 0
  const work = async (): Promise<'commit'> => {
    worked++
    return 'commit'
  }
  const topic = freshName('T')
  for (const message of [
    { topic, body: body('late'), delayLevel: 3 },
    { topic, body: Buffer.alloc(0) },
  ]) {
    await expect(producer.sendInTransaction(message, work)).rejects.toMatchObject({ code: 'RMQ_MESSAGE_ILLEGAL' })
  }
  const illegal = producer.sendInTransaction({ topic: 'no topic', body: body('x') }, work)
  await expect(illegal).rejects.toMatchObject({ code: 'RMQ_TOPIC_ILLEGAL' })
  expect(worked).toBe(0)
})

test('the queue can be chosen, and a large body is compressed and checked as it was sent', async () => {
  const client = await testClient(cluster)
  const topic = freshName('T')
  const checked: string[] = []
  const producer = await producerOf(client, async (message) => {
    checked.push(message.body.toString())
    return 'commit'
  })
  const large = 'large '.repeat(2000)
  const queue = (queues: readonly { queueId: number }[]) => queues.find(({ queueId }) => queueId === 3) as never
  const sent = await producer.sendInTransaction({ topic, body: body(large) }, async () => 'unknown', { queue })
  expect(sent.queue.queueId).toBe(3)
  const texts = await consumed(client, topic)
  await until('it arrives', () => texts.length > 0)
  expect([checked[0], texts[0]]).toEqual([large, large])
})

test('one client has one transaction producer of a group', async () => {
  const client = await testClient(cluster)
  const group = freshName('P')
  const first = await client.transactionProducer({ group, check: unasked })
  const code = 'RMQ_TRANSACTION_GROUP_TAKEN'
  await expect(client.transactionProducer({ group, check: unasked })).rejects.toMatchObject({ code })
  await first[Symbol.asyncDispose]()
  await client.transactionProducer({ group, check: unasked })
})

/** A name server and a broker that stores every half message with this answer, and collects the ends. */
async function scripted(code: number): Promise<Scripted> {
  const ends: RequestOf<typeof EndTransaction>[] = []
  let halves = 0
  const broker = await startScriptedBroker(
    route(SendMessageV2, (request) => {
      expect(request).toMatchObject({ sysFlag: 4, properties: expect.stringContaining('TRAN_MSG\u0001true') })
      const header = { msgId: `7F00000100002A9F${(100 * ++halves).toString(16).padStart(16, '0')}`, queueId: 0 }
      return { code, header: { ...header, queueOffset: halves } }
    }),
    route(EndTransaction, (request) => {
      ends.push(request)
      return {}
    }),
  )
  const namesrv = await startScriptedNamesrv(new Map([['T', routeAt({ b: broker.address }, 1)]]))
  onTestFinished(async () => {
    await namesrv[Symbol.asyncDispose]()
    await broker[Symbol.asyncDispose]()
  })
  return { cluster: { nameServer: namesrv.address, [Symbol.asyncDispose]: async () => undefined }, broker, ends }
}

interface Scripted {
  readonly cluster: Cluster
  readonly broker: ScriptedServer
  readonly ends: readonly RequestOf<typeof EndTransaction>[]
}

test('a first half that is not stored safely is rolled back, and the work does not run', async () => {
  const { cluster: servers, ends } = await scripted(RESPONSE_CODE.FLUSH_DISK_TIMEOUT)
  const producer = await producerOf(await testClient(servers))
  const sent = await producer.sendInTransaction({ topic: 'T', body: body('x') }, unasked)
  expect(sent).toMatchObject({ status: 'FLUSH_DISK_TIMEOUT', state: 'rollback' })
  await until('the end is told', () => ends.length === 1)
  expect(ends[0]).toMatchObject({
    topic: 'T',
    producerGroup: producer.group,
    tranStateTableOffset: 1,
    commitLogOffset: 100,
    commitOrRollback: TRANSACTION_END.rollback,
    fromTransactionCheck: false,
    msgId: sent.messageId,
    transactionId: sent.messageId,
    bname: 'b',
  })
})

test('a first half that is refused fails the call, and the work does not run', async () => {
  const { cluster: servers, ends } = await scripted(RESPONSE_CODE.NO_PERMISSION)
  const producer = await producerOf(await testClient(servers))
  const sending = producer.sendInTransaction({ topic: 'T', body: body('x') }, unasked)
  await expect(sending).rejects.toMatchObject({ code: 'RMQ_SEND_FAILED' })
  expect(ends).toEqual([])
})

test('an end that cannot be told is logged, and the result says what was decided', async () => {
  const { logger, lines } = collectingLogger()
  const { cluster: servers, broker } = await scripted(RESPONSE_CODE.SUCCESS)
  const producer = await producerOf(await testClient(servers, { logger }))
  const { state } = await producer.sendInTransaction({ topic: 'T', body: body('x') }, async () => {
    await broker[Symbol.asyncDispose]()
    await expect(producer.send({ topic: 'T', body: body('y') })).rejects.toMatchObject({ code: 'RMQ_SEND_FAILED' })
    return 'commit'
  })
  expect(state).toBe('commit')
  expect(lines.join('\n')).toContain('broker not told how a transaction ended; it will ask')
})

test('checks beyond those that may wait are dropped, and those of strange groups ignored', async () => {
  const { cluster: servers, broker, ends } = await scripted(RESPONSE_CODE.SUCCESS)
  const gates: (() => void)[] = []
  const group = freshName('P')
  const producer = await (await testClient(servers)).transactionProducer({
    group,
    checksWaitingMax: 1,
    check: async () => {
      await new Promise<void>((open) => gates.push(open))
      return 'commit'
    },
  })
  await producer.sendInTransaction({ topic: 'T', body: body('x') }, async () => 'rollback')
  const [peer] = broker.peers
  for (const [offset, asked] of [
    [1, group],
    [2, group],
    [3, group],
    [4, 'strange'],
  ] as const) {
    const places = { tranStateTableOffset: offset, commitLogOffset: offset }
    peer?.invokeOneway(CheckTransactionState, places, {
      body: storedRecord({ topic: 'T', body: 'x', queueOffset: offset, properties: { PGROUP: asked } }),
    })
  }
  await until('the first is checked', () => gates.length === 1)
  gates[0]?.()
  await until('the second is checked', () => gates.length === 2)
  gates[1]?.()
  await until('both are answered', () => ends.length === 3)
  await producer[Symbol.asyncDispose]()
  expect(ends.map(({ tranStateTableOffset, commitOrRollback }) => [tranStateTableOffset, commitOrRollback])).toEqual([
    [1, TRANSACTION_END.rollback],
    [1, TRANSACTION_END.commit],
    [2, TRANSACTION_END.commit],
  ])
})
