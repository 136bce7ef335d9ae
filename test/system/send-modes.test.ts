import { expect, onTestFinished, test } from 'vitest'
import { openClient, type Producer, type ProducerOptions } from '../../src/client/index.ts'
import { type Call, RESPONSE_CODE, type ResponseOf, route, SendMessageV2 } from '../../src/remoting/index.ts'
import { freshName, startCluster, testClient } from '../kit/cluster.ts'
import { routeAt, startScriptedBroker, startScriptedNamesrv } from '../kit/scripted-servers.ts'
import { until } from '../kit/until.ts'

type SendCall = Call<ResponseOf<typeof SendMessageV2>>

function owned<Resource extends AsyncDisposable>(resource: Resource): Resource {
  onTestFinished(() => resource[Symbol.asyncDispose]())
  return resource
}

/** A producer and the calls that two brokers got from it; `answer` answers them, or leaves them to the test. */
async function scripted(
  options: Partial<ProducerOptions>,
  answer: (broker: string, call: SendCall) => void = () => undefined,
): Promise<{ producer: Producer; calls: { broker: string; call: SendCall }[] }> {
  const calls: { broker: string; call: SendCall }[] = []
  const addresses: Record<string, string> = {}
  for (const broker of ['a', 'b']) {
    const take = (_: unknown, call: SendCall): undefined => {
      calls.push({ broker, call })
      answer(broker, call)
    }
    addresses[broker] = owned(await startScriptedBroker(route(SendMessageV2, take))).address
  }
  const namesrv = owned(await startScriptedNamesrv(new Map([['T', routeAt(addresses, 1)]])))
  const client = owned(await openClient({ nameServer: namesrv.address }))
  return { producer: await client.producer({ group: 'P', ...options }), calls }
}

const stored = { header: { msgId: 'M', queueId: 0, queueOffset: 0 } }
const message = { topic: 'T', body: Buffer.alloc(60) }

test('ready waits while as many sends as allowed are under way', async () => {
  const { producer, calls } = await scripted({ inFlightMax: 2 })
  await producer.ready()
  const sends = [producer.send(message), producer.send(message)]
  await until('both are under way', () => calls.length === 2)
  let isReady = false
  const ready = producer.ready().then(() => {
    isReady = true
  })
  const third = producer.send(message)
  calls[0]?.call.reply(stored)
  await until('the third is under way', () => calls.length === 3)
  expect(isReady).toBe(false)
  for (const { call } of calls.slice(1)) call.reply(stored)
  await Promise.all([...sends, third, ready])
})

test('sends are bounded by their bytes too, in order, and one always goes', async () => {
  const { producer, calls } = await scripted({ inFlightBytesMax: 130 })
  const large = { topic: 'T', body: Buffer.alloc(500) }
  const sends = [message, message, large, message].map((one) => producer.send(one))
  const sizes = (): number[] => calls.map(({ call }) => call.body.length)
  await until('two are under way', () => calls.length === 2)
  calls[0]?.call.reply(stored)
  await sends[0]
  expect(sizes()).toEqual([60, 60])
  calls[1]?.call.reply(stored)
  await until('the large one is under way', () => calls.length === 3)
  await sends[1]
  expect(sizes()).toEqual([60, 60, 500])
  calls[2]?.call.reply(stored)
  await until('the last is under way', () => calls.length === 4)
  calls[3]?.call.reply(stored)
  await Promise.all(sends)
})

test('a broker that fails gets no further messages for a while, if that is wanted', async () => {
  const answer = (broker: string, call: SendCall): void => {
    call.reply(broker === 'a' ? { code: RESPONSE_CODE.SYSTEM_ERROR, remark: 'no' } : stored)
  }
  const { producer, calls } = await scripted({ avoidSlowBrokers: true }, answer)
  for (let n = 0; n < 20; n++) await producer.send(message)
  expect(calls.filter(({ broker }) => broker === 'a').length).toBeLessThanOrEqual(1)
  expect(calls.filter(({ broker }) => broker === 'b')).toHaveLength(20)
})

test('one-way messages wait while much waits to be written, so that none is lost on the way', async () => {
  const cluster = owned(await startCluster())
  // A connection on which more than this piles up is cut off.
  const client = await testClient(cluster, { limits: { pendingWriteBytesMax: 4 * 1024 * 1024 } })
  const producer = await client.producer({ group: freshName('P'), compressOverBytes: 1_000_000 })
  const topic = freshName('Oneway')
  await producer.send({ topic, body: Buffer.from('first') })
  for (let n = 0; n < 200; n++) await producer.sendOneway({ topic, body: Buffer.alloc(100_000, n) })
  let received = 0
  await client.pushConsumer({
    group: freshName('G'),
    from: 'first',
    subscriptions: [{ topic }],
    listener: () => void received++,
  })
  await until('all of them', () => received === 201)
})

test('an unknown compression is refused by name', async () => {
  const sending = scripted({ compression: 'snappy' as never })
  await expect(sending).rejects.toThrow('Option compression is snappy: expected one of zlib, lz4, zstd.')
})
