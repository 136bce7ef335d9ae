import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CheckClientConfig, checkClientBody, LitePullMessage, PULL_FLAG } from '../../src/remoting/index.ts'
import {
  consumerOf,
  expectRefusal,
  startTestBroker,
  subscriptionOf,
  type TestBroker,
  type WireClient,
  wireClient,
} from '../kit/broker.ts'
import { until } from '../kit/until.ts'

const ON = { enablePropertyFilter: true }
const BY_REQUEST = { expressionType: 'SQL92' }
const BY_HEARTBEAT = { sysFlag: 0, subVersion: 5 }

function sql(subString: string, subVersion = 5, topic = 'T') {
  return subscriptionOf(topic, { subString, subVersion, expressionType: 'SQL92' })
}

async function subscribe(client: WireClient, ...subscriptionDataSet: ReturnType<typeof sql>[]): Promise<void> {
  await client.heartbeat('c', [consumerOf('G', [], { subscriptionDataSet })])
}

/** A bit map counts only for messages that are younger than the expression, by the clock. */
async function nextMs(): Promise<void> {
  const now = Date.now()
  await until('a later millisecond', () => Date.now() > now)
}

async function priced(client: WireClient, ...prices: number[]): Promise<void> {
  for (const price of prices) await client.send('T', String(price), { with: { price: String(price), TAGS: 'sale' } })
}

test('a pull gets the messages whose properties fit the expression that it brings', async () => {
  const client = wireClient(await startTestBroker(ON))
  await priced(client, 5, 20, 7, 30)
  await client.send('T', 'free', { with: { price: 'none' } })
  const pull = (subscription: string) => client.pull('T', 0, { ...BY_REQUEST, subscription })
  expect(await pull('price > 10')).toMatchObject({ texts: ['20', '30'], header: { nextBeginOffset: 5 } })
  expect((await pull("TAGS = 'sale' AND price <= 7")).texts).toEqual(['5', '7'])
  expect((await pull("price STARTSWITH 'n' OR missing IS NOT NULL")).texts).toEqual(['free'])
  expect(await pull('price > 100')).toMatchObject({
    code: 20,
    remark: 'NO_MATCHED_MESSAGE',
    header: { nextBeginOffset: 5 },
  })
})

test('a lite pull, and one without an expression, are filtered by what their group said', async () => {
  const client = wireClient(await startTestBroker(ON))
  await priced(client, 5, 20)
  await subscribe(client, sql('price > 10'))
  expect((await client.pull('T', 0, BY_HEARTBEAT)).texts).toEqual(['20'])
  const header = { consumerGroup: 'G', topic: 'T', queueId: 0, queueOffset: 0, maxMsgNums: 32, commitOffset: 0 }
  const lite = {
    ...header,
    sysFlag: PULL_FLAG.subscription | PULL_FLAG.litePull,
    suspendTimeoutMillis: 0,
    subVersion: 0,
  }
  const request = { ...lite, subscription: 'price < 10', expressionType: 'SQL92' }
  const { body } = await client.remoting.invoke(client.address, LitePullMessage, request)
  expect([body.includes('price\u00015'), body.includes('price\u000120')]).toEqual([true, false])
})

test('a held pull waits for a message that fits', async () => {
  const client = wireClient(await startTestBroker(ON))
  await priced(client, 50)
  const hold = { ...BY_REQUEST, subscription: 'price > 10', sysFlag: PULL_FLAG.suspend | PULL_FLAG.subscription }
  const held = client.pull('T', 1, hold)
  await priced(client, 5, 6)
  // Several in one moment, the one that fits among them.
  await Promise.all([7, 20, 8].map((price) => priced(client, price)))
  expect(await held).toMatchObject({ code: 0, texts: ['20'], header: { nextBeginOffset: 6 } })
  const unwanted = client.pull('T', 6, { ...hold, suspendTimeoutMillis: 300 })
  await priced(client, 9)
  expect(await unwanted).toMatchObject({ code: 20, header: { nextBeginOffset: 7 } })
})

test('what the broker refuses has Apache’s codes', async () => {
  const client = wireClient(await startTestBroker(ON))
  await priced(client, 5)
  const notParsed = "parse the consumer's subscription failed"
  await expectRefusal(client.pull('T', 0, { ...BY_REQUEST, subscription: 'price >' }), 23, notParsed)
  await expectRefusal(client.pull('T', 0, { ...BY_REQUEST, subscription: '' }), 23, notParsed)
  await expectRefusal(client.pull('T', 0, { expressionType: 'XPATH', subscription: 'x' }), 23, notParsed)
  await subscribe(client, sql('price >'))
  const unknown = "The broker's consumer filter data is not exist!Your expression may be wrong!"
  await expectRefusal(client.pull('T', 0, BY_HEARTBEAT), 27, unknown)
  await subscribe(client, sql('price > 1', 6))
  expect((await client.pull('T', 0, BY_HEARTBEAT)).texts).toEqual(['5'])
  const newer = { ...BY_HEARTBEAT, subVersion: 7 }
  await expectRefusal(client.pull('T', 0, newer), 25, "the consumer's subscription not latest")
})

test('without enablePropertyFilter nothing but tags is taken', async () => {
  const client = wireClient(await startTestBroker())
  await priced(client, 5)
  const off = 'The broker does not support consumer to filter message by SQL92'
  await expectRefusal(client.pull('T', 0, { ...BY_REQUEST, subscription: 'price >' }), 1, off)
  await subscribe(client, sql('price > 1'))
  await expectRefusal(client.pull('T', 0, BY_HEARTBEAT), 1, off)
})

test('the question whether an expression can be used is answered with what is wrong', async () => {
  const client = wireClient(await startTestBroker(ON))
  const ask = (subString: string, expressionType = 'SQL92') => {
    const subscriptionData = subscriptionOf('T', { expressionType, subString })
    const body = checkClientBody.encode({ clientId: 'one', group: 'G', subscriptionData })
    return client.remoting.invoke(client.address, CheckClientConfig, {}, { body })
  }
  await ask('price > 1')
  await expectRefusal(
    ask('price ! 1'),
    23,
    'The SQL filter "price ! 1" is not right at line 1, column 7: the character "!" means nothing here.',
  )
  await expectRefusal(ask('x', 'XPATH'), 23)
})

test('expressions survive a restart in consumerFilter.json', async () => {
  const first: TestBroker = await startTestBroker(ON)
  await subscribe(wireClient(first), sql('price > 10'))
  await first.restart()
  const { filterDataByTopic } = JSON.parse(readFileSync(join(first.directory, 'config/consumerFilter.json'), 'utf8'))
  expect(filterDataByTopic.T.groupFilterData.G).toMatchObject({
    expression: 'price > 10',
    clientVersion: 5,
    dead: true,
  })
})

test('filterSupportRetry: a message that was given back is judged by the expression for its own topic', async () => {
  const client = wireClient(await startTestBroker({ ...ON, filterSupportRetry: true }))
  const retry = '%RETRY%G'
  await subscribe(client, sql('price > 10', 5, 'T'), sql("price = 'no matter'", 5, retry))
  for (const price of ['5', '20']) await client.send(retry, price, { with: { price, RETRY_TOPIC: 'T' } })
  await client.send(retry, 'of no topic', { with: { price: '1' } })
  const answer = await client.pull(retry, 0, BY_HEARTBEAT)
  expect(answer.texts).toEqual(['20', 'of no topic'])
})

test('with bit maps a group gets what it would get without, also by another expression than before', async () => {
  const started = await startTestBroker({ ...ON, enableConsumeQueueExt: true, enableCalcFilterBitMap: true })
  const client = wireClient(started)
  await priced(client, 1, 15)
  await subscribe(client, sql('price > 10'))
  await nextMs()
  await priced(client, 2, 20)
  expect((await client.pull('T', 0, BY_HEARTBEAT)).texts).toEqual(['15', '20'])
  await nextMs()
  await subscribe(client, sql('price < 10', 6))
  await nextMs()
  await priced(client, 3, 30)
  const changed = { ...BY_HEARTBEAT, subVersion: 6 }
  expect((await client.pull('T', 0, changed)).texts).toEqual(['1', '2', '3'])
  const again = wireClient(await started.restart())
  await again.heartbeat('c', [consumerOf('G', [], { subscriptionDataSet: [sql('price < 10', 6)] })])
  expect((await again.pull('T', 0, changed)).texts).toEqual(['1', '2', '3'])
  expect((await again.pull('T', 0, { subscription: 'sale' })).texts).toHaveLength(6)
  expect((await again.pull('T', 0, { subscription: 'other' })).texts).toEqual([])
})
