import { expect, onTestFinished } from 'vitest'
import { consumerOf, WireClient } from '../kit/broker.ts'
import { until } from '../kit/until.ts'
import { fourWays } from './kit/index.ts'

const ways = await fourWays()

ways.scenario('a consumer gets the messages of its tags', async (way) => {
  const where = ['--topic', `Tags-${way.name}`]
  const sent = await way.producer(['produce', ...where, '--count', '300', '--tags', 'a,b,c']).done
  expect(sent).toMatchObject({ sent: 300, failed: 0 })
  const consumer = way.consumer(['consume', ...where, '--group', way.name, '--sub', 'a || c', '--expect', '200'])
  const { received, unique, duplicates } = await consumer.done
  expect(new Set(consumer.lines.flatMap((line) => line['tags'] ?? []))).toEqual(new Set(['a', 'c']))
  return { received, unique, duplicates }
})

ways.scenario('tags of the same hash are told apart, and a message without a tag is not wanted', async (way) => {
  const where = ['--topic', `Tags-${way.name}`]
  await way.producer(['produce', ...where, '--count', '90', '--tags', 'Aa,BB,C']).done
  await way.producer(['produce', ...where, '--count', '10', '--prefix', 'none']).done
  const consumer = way.consumer(['consume', ...where, '--group', way.name, '--sub', ' Aa||x || C', '--expect', '60'])
  const { received, unique } = await consumer.done
  expect(new Set(consumer.lines.flatMap((line) => line['tags'] ?? []))).toEqual(new Set(['Aa', 'C']))
  return { received, unique }
})

ways.scenario(
  'SQL is refused by brokers that are not told to filter by properties',
  async (way) => {
    const where = ['--topic', `Tags-${way.name}`]
    await way.producer(['produce', ...where]).done
    const { code, remark } = await way.consumer(['consume-sql', ...where, '--group', way.name, '--sql', 'a > 1']).done
    expect(code).toBe(1)
    return { code, remark }
  },
  { clients: ['java', 'ours'] },
)

ways.scenario(
  'a pull that brings tags is filtered by hash, from a retry topic as well',
  async (way) => {
    const client = new WireClient(way.server.brokerAddress)
    onTestFinished(() => client.remoting[Symbol.asyncDispose]())
    const topics = [`Tags-${way.name}`, `%RETRY%${way.name}`]
    await client.heartbeat('c', [consumerOf(way.name, topics)])
    const facts: Record<string, unknown> = {}
    for (const [at, topic] of topics.entries()) {
      for (const tag of ['Aa', 'BB', 'c']) await client.send(topic, tag, { with: { TAGS: tag } })
      const pull = (subscription: string) => client.pull(topic, 0, { consumerGroup: way.name, subscription })
      // Apache makes messages readable a moment after it has answered their senders.
      await until('all three readable', async () => (await pull('*')).texts.length === 3)
      const { code, texts } = await pull('Aa || d')
      facts[`topic${at}`] = { code, texts }
    }
    return facts
  },
  { clients: ['ours'] },
)
