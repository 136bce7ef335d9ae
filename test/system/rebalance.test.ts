import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Connection, type Network, tcpNetwork } from '../../src/base/network/index.ts'
import type { PushConsumer } from '../../src/client/index.ts'
import { queueKey } from '../../src/message/index.ts'
import { type Cluster, freshName, startCluster, testClient } from '../kit/cluster.ts'
import { until } from '../kit/until.ts'

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster()
}, 60_000)
afterAll(() => cluster[Symbol.asyncDispose]())

/** A network whose plug can be pulled. */
function pluggedNetwork(): { readonly network: Network; cut(): void; unplug(): void } {
  const open = new Set<Connection>()
  let plugged = true
  const cut = (): void => {
    for (const connection of open) connection.destroy()
    open.clear()
  }
  return {
    network: {
      listen: tcpNetwork.listen,
      async connect(address, options) {
        const target = plugged ? address : { host: '127.0.0.1', port: 1 }
        const connection = await tcpNetwork.connect(target, options)
        open.add(connection)
        return connection
      },
    },
    cut,
    unplug() {
      plugged = false
      cut()
    },
  }
}

function topicQueues(consumer: PushConsumer, topic: string): string[] {
  return consumer.assigned.filter((queue) => queue.topic === topic).map(queueKey)
}

function shares(consumers: readonly PushConsumer[], topic: string): number[] {
  return consumers.map((consumer) => topicQueues(consumer, topic).length)
}

test('members share the queues, each queue once, and take over at once from one that closes', async () => {
  const topic = freshName('Shared')
  const group = freshName('G')
  const sending = await testClient(cluster)
  const producer = await sending.producer({ group: freshName('P') })
  await producer.send({ topic, body: Buffer.from('creates the topic') })
  const got: string[] = []
  const join = async (): Promise<PushConsumer> =>
    (await testClient(cluster)).pushConsumer({
      group,
      subscriptions: [{ topic }],
      listener: (message) => void got.push(message.body.toString()),
    })
  const consumers = [await join(), await join(), await join()]
  await until('shares of 2, 1 and 1', () => `${shares(consumers, topic).sort()}` === '1,1,2')
  const all = consumers.flatMap((consumer) => topicQueues(consumer, topic))
  expect(new Set(all).size).toBe(4)

  const sent: string[] = ['creates the topic']
  const sendSome = async (count: number): Promise<void> => {
    for (let at = 0; at < count; at++) {
      const body = `${sent.length}`
      sent.push(body)
      await producer.send({ topic, body: Buffer.from(body) })
    }
  }
  await sendSome(40)
  const [first, ...others] = consumers as [PushConsumer, ...PushConsumer[]]
  const closing = first[Symbol.asyncDispose]()
  await sendSome(40)
  await closing
  await until('two shares of 2', () => `${shares(others, topic)}` === '2,2', 5000)
  await sendSome(40)
  await until('all messages', () => new Set(got).size === sent.length)
})

test('nothing is lost when a member dies in the middle of its work', async () => {
  const topic = freshName('Dies')
  const group = freshName('G')
  const producer = await (await testClient(cluster)).producer({ group: freshName('P') })
  await producer.send({ topic, body: Buffer.from('0') })
  const got = new Set<string>()
  const plug = pluggedNetwork()
  let dead = false
  const never = new AbortController()
  const mortal = await testClient(cluster, { network: plug.network, requestTimeoutMs: 200 })
  const dying = await mortal.pushConsumer({
    group,
    from: 'first',
    closeTimeoutMs: 0,
    subscriptions: [{ topic }],
    // Half of its messages are never finished.
    listener: async (message) => {
      if (!dead && Number(message.body.toString()) % 2 === 0) got.add(message.body.toString())
      else await new Promise(() => never.signal.throwIfAborted)
    },
  })
  const living = await (await testClient(cluster)).pushConsumer({
    group,
    from: 'first',
    subscriptions: [{ topic }],
    listener: (message) => void got.add(message.body.toString()),
  })
  await until('equal shares', () => `${shares([dying, living], topic)}` === '2,2')
  const count = 60
  for (let at = 1; at < count; at++) {
    await producer.send({ topic, body: Buffer.from(`${at}`) })
    if (at === 30) {
      dead = true
      plug.unplug()
    }
  }
  await until('the survivor to have all queues', () => topicQueues(living, topic).length === 4)
  await until('all messages', () => got.size === count)
})

test('a consumer whose connections are cut goes on by itself', async () => {
  const topic = freshName('Cut')
  const plug = pluggedNetwork()
  const producer = await (await testClient(cluster)).producer({ group: freshName('P') })
  await producer.send({ topic, body: Buffer.from('0') })
  const got = new Set<string>()
  const consumer = await (await testClient(cluster, { network: plug.network })).pushConsumer({
    group: freshName('G'),
    from: 'first',
    subscriptions: [{ topic }],
    listener: (message) => void got.add(message.body.toString()),
  })
  for (let at = 1; at < 30; at++) {
    if (at % 10 === 0) plug.cut()
    await producer.send({ topic, body: Buffer.from(`${at}`) })
  }
  await until('all messages', () => got.size === 30)
  expect(topicQueues(consumer, topic)).toHaveLength(4)
})
