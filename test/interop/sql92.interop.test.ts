import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import {
  CheckClientConfig,
  type ConsumerFilterTable,
  checkClientBody,
  type PullMessage,
  type RequestOf,
} from '../../src/remoting/index.ts'
import { consumerOf, subscriptionOf, WireClient } from '../kit/broker.ts'
import { until } from '../kit/until.ts'
import { type Explained, type Facts, fourWays, type Judge, type Way } from './kit/index.ts'

const ways = await fourWays({ brokerConf: { enablePropertyFilter: 'true' } })
const SAYS_WHERE = 'ours says what is wrong and where; Apache names a Java exception'

/** What has arrived at all of these, in order of the number. */
function arrived(consumers: readonly Judge[]): string[] {
  const ids = new Set(consumers.flatMap((consumer) => consumer.ids()))
  return [...ids].sort((left, right) => Number(left.slice(2)) - Number(right.slice(2)))
}

async function priced(way: Way, topic: string, from: number, count: number): Promise<void> {
  const range = ['--from', String(from), '--count', String(count)]
  expect(await way.producer(['produce-priced', '--topic', topic, ...range]).done).toEqual({ sent: count })
}

async function stop(consumers: readonly Judge[]): Promise<void> {
  for (const consumer of consumers) consumer.kill('SIGTERM')
  await Promise.all(consumers.map((consumer) => consumer.done))
}

ways.scenario('consumers of a group get what fits, stored before and after they came', async (way) => {
  const topic = `Sql-${way.name}`
  const sql =
    "price BETWEEN 20 AND 89 AND shop = 'north' OR note CONTAINS 'it''s' OR TAGS IN ('third') AND price IS NULL"
  await priced(way, topic, 0, 50)
  const members = way.clients === 'mixed' ? [0, 1, 2] : [0]
  const args = ['consume-sql', '--topic', topic, '--group', way.name, '--sql', sql]
  const consumers = members.map((n) => way.consumer(args, n))
  await Promise.all(consumers.map((consumer) => consumer.ready))
  await priced(way, topic, 50, 50)
  const fits = (n: number): boolean => n % 10 !== 9 && ((n >= 20 && n < 90 && n % 2 === 0) || n % 5 === 0)
  const expected = Array.from({ length: 100 }, (_, n) => n).filter(fits)
  await until('all that fit', () => arrived(consumers).length >= expected.length, 60_000)
  await stop(consumers)
  const ids = arrived(consumers)
  expect(ids).toEqual(expected.map((n) => `m-${n}`))
  return { ids, filter: way.clients === 'java' ? await keptFilter(way, topic) : undefined }
})

ways.scenario(
  'a changed expression counts from then on',
  async (way) => {
    const topic = `Sql-${way.name}`
    await priced(way, topic, 0, 20)
    const first = ['--sql', "shop = 'north'", '--expect', '10']
    const args = ['consume-sql', '--topic', topic, '--group', way.name, ...first, '--then', 'price < 30 AND price > 23']
    const consumer = way.consumer(args)
    await consumer.until(() => consumer.lines.some((line) => line['changed'] === true), 60_000)
    await priced(way, topic, 20, 20)
    await until('those of both', () => consumer.ids().length >= 15, 60_000)
    await stop([consumer])
    return { ids: arrived([consumer]) }
  },
  { clients: ['java', 'ours'] },
)

ways.scenario(
  'a wrong expression is refused when the consumer starts',
  async (way) => {
    const topic = `Sql-${way.name}`
    await priced(way, topic, 0, 1)
    const args = ['consume-sql', '--topic', topic, '--group', way.name, '--sql', "price > 'ten'"]
    const { code, remark } = await way.consumer(args).done
    expect(code).toBe(23)
    return { code, remark }
  },
  { clients: ['java', 'ours'], explained: { remark: SAYS_WHERE } },
)

ways.scenario(
  'a lite pull consumer gets what fits',
  async (way) => {
    const topic = `Sql-${way.name}`
    await priced(way, topic, 0, 40)
    const args = ['lite-pull-sql', '--topic', topic, '--group', way.name, '--sql', "price >= 30 OR note = 'none'"]
    const { ids } = await way.consumer([...args, '--expect', '9']).done
    expect(String(ids).split(' ')).toHaveLength(9)
    return { ids }
  },
  { clients: ['java'] },
)

ways.scenario(
  'requests are refused with the same codes and remarks',
  async (way) => {
    const topic = `Sql-${way.name}`
    const client = new WireClient(way.server.brokerAddress)
    onTestFinished(() => client.remoting[Symbol.asyncDispose]())
    for (const price of ['2', '5', 'many', '7']) await client.send(topic, price, { with: { price } })
    await until('all readable', async () => (await client.pull(topic, 0)).texts.length === 4)
    const check = (subString: string, expressionType = 'SQL92') => {
      const subscriptionData = subscriptionOf(topic, { expressionType, subString })
      const body = checkClientBody.encode({ clientId: 'one', group: way.name, subscriptionData })
      return outcome(client.remoting.invoke(client.address, CheckClientConfig, {}, { body }))
    }
    const pull = (changes: Partial<RequestOf<typeof PullMessage>>) =>
      outcome(client.pull(topic, 0, { consumerGroup: way.name, ...changes }))
    const heard = { sysFlag: 0, subVersion: 5 }
    const sql = (subString: string, subVersion: number) =>
      subscriptionOf(topic, { subString, subVersion, expressionType: 'SQL92' })
    const subscribe = (one: ReturnType<typeof sql>) =>
      client.heartbeat('c', [consumerOf(way.name, [], { subscriptionDataSet: [one] })])
    const facts: Record<string, unknown> = {
      checkTag: await check('||', 'TAG'),
      checkGood: await check('price > 1 AND ( NOT a LIKE 7'),
      checkEmpty: await check(''),
      checkBad: await check('price >'),
      checkUnknown: await check('x', 'XPATH'),
      pullTag: await pull({ subscription: '||' }),
      pullEmpty: await pull({ subscription: '', expressionType: 'SQL92' }),
      pullBad: await pull({ subscription: 'price >', expressionType: 'SQL92' }),
      pullUnknown: await pull({ subscription: 'x', expressionType: 'XPATH' }),
    }
    await subscribe(sql('price >', 5))
    facts['heardBad'] = await pull(heard)
    await subscribe(sql('price > 3', 6))
    facts['heardGood'] = await pull(heard)
    facts['heardNewer'] = await pull({ ...heard, subVersion: 7 })
    await subscribe(sql('price >', 7))
    facts['heardBadAgain'] = await pull(heard)
    return facts
  },
  {
    clients: ['ours'],
    explained: {
      'checkGood.remark': SAYS_WHERE,
      'checkEmpty.remark': SAYS_WHERE,
      'checkBad.remark': SAYS_WHERE,
      'checkUnknown.remark': SAYS_WHERE,
      ...unfiltered('pullBad'),
      ...unfiltered('pullUnknown'),
    },
  },
)

function unfiltered(pull: string): Explained {
  const why = 'Apache delivers everything to a pull whose expression it cannot compile; ours refuses it as any other'
  return { [`${pull}.code`]: why, [`${pull}.ids`]: why, [`${pull}.remark`]: why }
}

async function outcome(asked: Promise<object>): Promise<Facts> {
  try {
    const answer = (await asked) as { readonly code?: number; readonly texts?: readonly string[] }
    return { code: answer.code, ids: answer.texts?.map((text) => text.trim()) }
  } catch (refused) {
    const { responseCode, remark } = (refused as { details: { responseCode: number; remark: string } }).details
    return { code: responseCode, remark }
  }
}

/** What the broker keeps of the group's expression; both write it every 10 s. */
async function keptFilter(way: Way, topic: string): Promise<Facts> {
  const path = join(way.server.storeDir, 'config', 'consumerFilter.json')
  let kept: ConsumerFilterTable['filterDataByTopic'][string]['groupFilterData'][string] | undefined
  await until(
    'the filter in the file',
    async () => {
      const text = await readFile(path, 'utf8').catch(() => '{}')
      kept = (JSON.parse(text) as Partial<ConsumerFilterTable>).filterDataByTopic?.[topic]?.groupFilterData[way.name]
      return kept?.dead === true
    },
    30_000,
  )
  const { bornTime, deadTime, clientVersion, topic: _topic, consumerGroup: _group, ...rest } = kept ?? ({} as never)
  return { ...rest, bloomFilterData: rest.bloomFilterData.bitNum, isTimely: bornTime < deadTime && clientVersion > 0 }
}
