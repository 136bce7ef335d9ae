import { expect } from 'vitest'
import { fourWays, judge, ourJudge } from './kit/index.ts'

const ways = await fourWays()

ways.scenario('of a batch that is acknowledged up to a message, the others come again', async (way) => {
  const where = ['--topic', `Ack-${way.name}`]
  const sent = await way.producer(['produce', ...where, '--count', '200', '--batch', '20', '--in-flight', '8']).done
  expect(sent).toMatchObject({ sent: 200, failed: 0 })
  const batches = ['--consume-batch', '8', '--bad', '7', '--expect', '200']
  // Ours, and Java's when they are mixed.
  const consumer = way.consumer(['consume-batches', ...where, '--group', way.name, ...batches])
  const { acknowledged, twice, refused, largest } = await consumer.done
  // A message behind a bad one came again without having been looked at, so not every bad one need be refused itself.
  expect(Number(refused)).toBeGreaterThan(10)
  expect(Number(largest)).toBeGreaterThan(1)
  expect(Number(largest)).toBeLessThanOrEqual(8)
  return { acknowledged, twice }
})

ways.scenario('a list that our client cuts into batches arrives, each message once', async (way) => {
  const topic = `List-${way.name}`
  const namesrv = ['--namesrv', way.server.namesrvAddress]
  const sent = await ourJudge(['send-all', '--topic', topic, '--count', '3000', '--size', '1000', ...namesrv]).done
  expect(sent).toMatchObject({ sent: 3000, ids: 3000, offsetIds: 3000 })
  const receiving = ['consume', '--topic', topic, '--group', way.name, '--expect', '3000', '--silent']
  const { received, unique, duplicates } = await way.consumer(receiving, 1).done
  return { received, unique, duplicates }
})

ways.scenario(
  'messages of a topic whose queues store batches whole arrive one by one',
  async (way) => {
    const topic = `Inner-${way.name}`
    const namesrv = ['--namesrv', way.server.namesrvAddress]
    if (ways.kit.available) await judge(ways.kit, '5.3.3', ['create-batch-topic', '--topic', topic, ...namesrv]).done
    const sent = await way.producer(['produce', '--topic', topic, '--count', '100', '--batch', '10', '--tags', 'a,b'])
      .done
    expect(sent).toMatchObject({ sent: 100, failed: 0 })
    const consumer = way.consumer(['consume', '--topic', topic, '--group', way.name, '--expect', '100'])
    const { received, unique, duplicates } = await consumer.done
    // By tag such a batch cannot be selected at a broker: it looks at the record, which has none.
    expect(new Set(consumer.lines.flatMap((line) => line['tags'] ?? []))).toEqual(new Set(['a', 'b']))
    return { received, unique, duplicates }
  },
  { clients: ['java', 'mixed'] },
)
