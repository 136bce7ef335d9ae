import { expect } from 'vitest'
import { fourWays, type JavaReady, type Judge, judge, ourJudge, type Way } from './kit/index.ts'

// Open transactions are asked about every second, from two seconds of age on; ends are recorded faster than that, so
// that few messages are asked about whose end is known.
const ways = await fourWays({
  brokerConf: {
    traceTopicEnable: 'true',
    transactionTimeOut: '2000',
    transactionCheckInterval: '1000',
    transactionOpBatchInterval: '100',
  },
})
const kit = ways.kit as JavaReady

type Line = Readonly<Record<string, unknown>>

/** What Java's decoder and ours read of a message's traces; both must read the same. */
async function read({ server }: Way, msgId: string, more: readonly string[]): Promise<readonly Line[]> {
  const all = ['trace-read', '--namesrv', server.namesrvAddress, '--msg-id', msgId, ...more]
  const drivers: readonly Judge[] = [judge(kit, '5.3.3', all), ourJudge(all)]
  await Promise.all(drivers.map((driver) => driver.done))
  const [java, ours] = drivers.map((driver) => driver.lines)
  // Java reads message by message, and brokers have them in any order.
  const byType = (lines: readonly Line[] = []): readonly Line[] =>
    ['Pub', 'SubBefore', 'SubAfter', 'EndTransaction'].flatMap((type) => lines.filter((line) => line['type'] === type))
  expect(byType(ours)).toEqual(byType(java))
  return byType(java)
}

const sendAndConsume = (more: readonly string[]) => async (way: Way) => {
  const topic = `Traced-${way.name}`
  const [sendGroup, group] = [`P-${way.name}`, `C-${way.name}`]
  const sender = way.producer(['traced-send', '--topic', topic, '--group', sendGroup, ...more])
  expect(await sender.done).toEqual({ sent: 2 })
  const consumer = way.consumer(['traced-consume', '--topic', topic, '--group', group, ...more])
  expect(await consumer.done).toEqual({ complete: true })
  const facts: Record<string, unknown> = {}
  for (const { id = '', msgId, offsetMsgId } of sender.lines) {
    const records = await read(way, String(msgId), more)
    expect(records[0]?.['offsetMsgId']).toBe(offsetMsgId)
    expect(records[0]?.['storeHost']).toBe(way.server.brokerAddress)
    expect(records.slice(0, 2)).toMatchObject([{ topic, group: sendGroup }, { group }])
    const [, before, after] = records
    expect(before?.['requestId']).toBe(after?.['requestId'])
    facts[id] = records.map(({ offsetMsgId: _, storeHost, requestId, group: __, topic: ___, ...rest }) => rest)
  }
  const region = { regionId: 'DefaultRegion' }
  const keys = { keys: 'k1 k2' }
  expect(facts).toEqual({
    plain: [
      { type: 'Pub', ...region, ...keys, tag: 'vip', bodyBytes: 7, kind: 0, success: true },
      { type: 'SubBefore', ...region, ...keys, reconsumeTimes: 0 },
      { type: 'SubAfter', ...keys, success: true, outcome: 0 },
    ],
    delayed: [
      { type: 'Pub', ...region, bodyBytes: 4, kind: 3, success: true },
      { type: 'SubBefore', ...region, reconsumeTimes: 0 },
      { type: 'SubAfter', success: false, outcome: 2 },
    ],
  })
  return facts
}

ways.scenario('sends and deliveries are traced', sendAndConsume([]))

// Java's client loses the traces that would have to create their topic.
ways.scenario(
  'sends and deliveries are traced in a topic of its own',
  async (way) => {
    const traceTopic = `MyTraces-${way.name}`
    await judge(kit, '5.3.3', ['create-topic', '--namesrv', way.server.namesrvAddress, '--topic', traceTopic]).done
    return sendAndConsume(['--trace-topic', traceTopic])(way)
  },
  { clients: ['mixed'] },
)

ways.scenario(
  'the ends of transactions are traced',
  async (way) => {
    const [topic, group] = [`Ended-${way.name}`, `P-${way.name}`]
    const where = ['--topic', topic, '--group', group, '--size', '1', '--traced', 'yes', '--timeout-ms', '60000']
    const how = ['--local', 'commit,rollback,unknown', '--check', 'commit', '--expect-checks', '1']
    const sending = way.producer(['transact', ...where, '--count', '3', ...how])
    await sending.done
    const facts: Record<string, unknown> = {}
    for (const { sent = '', msgId } of sending.lines.filter((line) => line.sent !== undefined)) {
      const [half, ...ends] = await read(way, String(msgId), [])
      expect(half).toMatchObject({ type: 'Pub', topic, group, tag: 't', keys: sent, kind: 1, success: true })
      for (const end of ends) {
        const { brokerAddress: storeHost } = way.server
        const plain = { type: 'EndTransaction', regionId: 'DefaultRegion', tag: 't', keys: sent, kind: 2, storeHost }
        expect(end).toMatchObject({ ...plain, group, topic, hasTransactionId: true })
      }
      // A slow broker may ask about one whose end it knows.
      const [first, ...checked] = ends.map(({ end, fromCheck }) => `${end} ${fromCheck}`)
      facts[String(sent)] = first === 'UNKNOW false' ? [first, checked.at(-1)] : [first]
    }
    expect(facts).toEqual({
      'm-0': ['COMMIT_MESSAGE false'],
      'm-1': ['ROLLBACK_MESSAGE false'],
      'm-2': ['UNKNOW false', 'COMMIT_MESSAGE true'],
    })
    return facts
  },
  { clients: ['java', 'ours'] },
)
