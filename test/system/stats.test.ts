import { expect, test } from 'vitest'
import { GetConsumeStats, GetTopicStats, PULL_FLAG, parseJson } from '../../src/remoting/index.ts'
import { expectRefusal, startTestBroker, type WireClient, wireClient } from '../kit/broker.ts'

type Table = Readonly<Record<string, Readonly<Record<string, number>>>>

const queue = (queueId: number): string => JSON.stringify({ brokerName: 'broker-test', queueId, topic: 'T' })

async function topicStats(client: WireClient, topic: string): Promise<Table> {
  const { body } = await client.remoting.invoke(client.address, GetTopicStats, { topic })
  return (parseJson(body, 'stats') as { readonly offsetTable: Table }).offsetTable
}

async function consumeStats(client: WireClient, consumerGroup: string): Promise<Table> {
  const { body } = await client.remoting.invoke(client.address, GetConsumeStats, { consumerGroup })
  return (parseJson(body, 'stats') as { readonly offsetTable: Table }).offsetTable
}

test('a topic tells where its queues begin and end, and when they were written last', async () => {
  const client = wireClient(await startTestBroker())
  await client.send('T', 'x', { defaultTopicQueueNums: 2 })
  const [message] = (await client.pull('T', 0)).messages
  expect(await topicStats(client, 'T')).toEqual({
    [queue(0)]: { minOffset: 0, maxOffset: 1, lastUpdateTimestamp: message?.storeTimestamp },
    [queue(1)]: { minOffset: 0, maxOffset: 0, lastUpdateTimestamp: 0 },
  })
  await expectRefusal(topicStats(client, 'U'), 17, 'topic[U] not exist')
})

test('a group tells how far it is behind', async () => {
  const client = wireClient(await startTestBroker())
  await client.send('T', 'x', { defaultTopicQueueNums: 1 })
  await client.send('T', 'y')
  expect(await consumeStats(client, 'G')).toEqual({})
  const committing = { sysFlag: PULL_FLAG.subscription | PULL_FLAG.commitOffset, commitOffset: 1 }
  const [first] = (await client.pull('T', 0, committing)).messages
  expect(await consumeStats(client, 'G')).toEqual({
    [queue(0)]: { brokerOffset: 2, consumerOffset: 1, pullOffset: 1, lastTimestamp: first?.storeTimestamp },
  })
})
