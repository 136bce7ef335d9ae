import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client, ConsumeFrom } from '../../src/client/index.ts'
import type { MessageQueue } from '../../src/message/index.ts'
import { type Cluster, freshName, startCluster, testClient } from '../kit/cluster.ts'
import { numbered, sendTexts } from '../kit/send-texts.ts'
import { until } from '../kit/until.ts'

// Where a group begins in a topic that it was never in. Brokers count a topic as old when its first message is no
// longer among the newest `accessMessageInMemoryMaxRatio` percent of memory; at 0 percent a topic is old with its
// second message.

let young: Cluster
let old: Cluster
beforeAll(async () => {
  young = await startCluster()
  old = await startCluster({ accessMessageInMemoryMaxRatio: 0 })
}, 60_000)
afterAll(async () => {
  await old?.[Symbol.asyncDispose]()
  await young?.[Symbol.asyncDispose]()
})

const first = (queues: readonly MessageQueue[]): MessageQueue => queues[0] as MessageQueue

/** What a new group gets of `0`, `1`, `2` that were there before it, and `3` that came after. */
async function received(client: Client, topic: string, from: ConsumeFrom | undefined): Promise<string[]> {
  const got: string[] = []
  await client.pushConsumer({
    group: freshName('G'),
    subscriptions: [{ topic }],
    from,
    listener: (message) => void got.push(message.body.toString()),
  })
  await sendTexts(client, topic, ['end'], first)
  await until('the last message', () => got.includes('end'))
  return got.filter((text) => text !== 'end').sort()
}

async function oldTopic(client: Client): Promise<{ topic: string; middle: number }> {
  const topic = freshName('Old')
  await sendTexts(client, topic, ['0', '1'], first)
  const queue = first(await client.queuesOf(topic))
  const reader = await client.pullConsumer({ group: freshName('R') })
  let middle = Date.now()
  // The store's clock must have moved on, or the time would not divide the messages.
  await until('a later time', () => Date.now() > middle + 2)
  middle = Date.now()
  await sendTexts(client, topic, ['2'], first)
  expect(await reader.searchOffset(queue, middle)).toBe(2)
  return { topic, middle }
}

test('a new group on a young topic gets all of it, wherever it wants to begin', async () => {
  const client = await testClient(young)
  const topic = freshName('Young')
  await sendTexts(client, topic, numbered(3), first)
  expect(await received(client, topic, 'last')).toEqual(numbered(3))
})

test('a new group on an old topic begins behind the last message, at the first, or at a time', async () => {
  const client = await testClient(old)
  const { topic, middle } = await oldTopic(client)
  expect(await received(client, topic, undefined)).toEqual([])
  expect(await received(client, topic, 'last')).toEqual([])
  expect((await received(client, topic, 'first')).filter((text) => text < '3')).toEqual(numbered(3))
  expect((await received(client, topic, { time: middle })).filter((text) => text < '3')).toEqual(['2'])
  expect((await received(client, topic, { time: new Date(0) })).filter((text) => text < '3')).toEqual(numbered(3))
  expect(await received(client, topic, { time: Date.now() + 60_000 })).toEqual([])
})

test('several groups on one topic begin and go on each for itself', async () => {
  const client = await testClient(old)
  const topic = freshName('Groups')
  await sendTexts(client, topic, numbered(4), first)
  const got: Record<string, string[]> = { first: [], last: [] }
  for (const from of ['first', 'last'] as const) {
    await client.pushConsumer({
      group: freshName(from),
      subscriptions: [{ topic }],
      from,
      listener: (message) => void got[from]?.push(message.body.toString()),
    })
  }
  await sendTexts(client, topic, ['4'], first)
  await until(
    'both have the last one',
    () => got['first']?.includes('4') === true && got['last']?.includes('4') === true,
  )
  expect(got['first']?.sort()).toEqual(numbered(5))
  expect(got['last']).toEqual(['4'])
})
