import { expect } from 'vitest'
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
