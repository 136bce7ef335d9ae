import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CheckedMessage, Client, TransactionProducer } from '../../src/client/index.ts'
import { type Cluster, freshName, startCluster, testClient } from '../kit/cluster.ts'
import { until } from '../kit/until.ts'

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
