import { expect, onTestFinished, test } from 'vitest'
import { SimulatedFiles } from '../../src/base/files/index.ts'
import { systemClock } from '../../src/base/time/index.ts'
import { brokerConfig, startBroker } from '../../src/broker/index.ts'
import {
  GetAllTopicConfig,
  GetMaxOffset,
  PULL_FLAG,
  QueryConsumerOffset,
  topicConfigTableBody,
} from '../../src/remoting/index.ts'
import { verifyStore } from '../../src/store/index.ts'
import { WireClient } from '../kit/broker.ts'
import { type GoldenManifest, goldenConfig, goldenTruth } from '../kit/golden-manifest.ts'
import { type GoldenName, writeGoldenStore } from '../kit/golden-stores.ts'
import { until } from '../kit/until.ts'

const STORE = '/store'

interface Running {
  readonly client: WireClient
  readonly files: SimulatedFiles
  readonly truth: GoldenManifest
  close(): Promise<void>
}

/**
 * Our broker on a directory of Apache's, a minute after that stopped unless `afterMs` says otherwise: later, delayed
 * messages are due and delivered at once, which changes offsets.
 */
async function start(
  name: GoldenName,
  {
    files = new SimulatedFiles(),
    afterMs = 60_000,
  }: { readonly files?: SimulatedFiles; readonly afterMs?: number } = {},
): Promise<Running> {
  const truth = goldenTruth(name)
  if (files.facts(STORE) === undefined) writeGoldenStore(name, files, STORE)
  const stoppedMs = Math.max(...truth.messages.map(({ storeTimestamp }) => storeTimestamp))
  const { brokerName = '', brokerClusterName = '' } = truth.brokerSettings
  const config = brokerConfig.with({
    storePathRootDir: STORE,
    listenPort: 0,
    bindAddress: '127.0.0.1',
    brokerIP1: '127.0.0.1',
    brokerName,
    brokerClusterName,
    ...goldenConfig(truth),
  })
  const clock = { ...systemClock, now: () => stoppedMs + afterMs }
  const broker = await startBroker(config, { files, clock })
  const client = new WireClient(broker.address)
  const close = async (): Promise<void> => {
    await client.remoting[Symbol.asyncDispose]()
    await broker[Symbol.asyncDispose]()
  }
  onTestFinished(close)
  return { client, files, truth, close }
}

const NAMES = ['a-clean', 'b-kill9', 'c-small-files', 'd2-bit-flip', 'd5-lost-consume-queues', 'f-ipv6'] as const

test.each(NAMES)('%s: our broker goes on with the groups, delay levels and messages of Apache’s', async (name) => {
  const { client, files, truth, close } = await start(name)
  for (const [key, offsets] of Object.entries(truth.consumerOffsets)) {
    const [topic = '', consumerGroup = ''] = key.split('@')
    for (const [queueId, offset] of Object.entries(offsets)) {
      const header = { topic, consumerGroup, queueId: Number(queueId) }
      const answer = await client.remoting.invoke(client.address, QueryConsumerOffset, header)
      expect(answer.header.offset, `${key} ${queueId}`).toBe(offset)
    }
  }
  for (const [topic, queues] of Object.entries(truth.consumeQueues)) {
    for (const [queueId, { maxOffset }] of Object.entries(queues)) {
      const header = { topic, queueId: Number(queueId) }
      const answer = await client.remoting.invoke(client.address, GetMaxOffset, header)
      expect(answer.header.offset, `${topic}/${queueId}`).toBe(maxOffset)
    }
  }
  const pulled = await client.pull('GoldenTopicA', 3, { queueId: 3, sysFlag: PULL_FLAG.subscription })
  const expected = truth.messages.filter(({ topic, queueId, queueOffset }) => {
    return topic === 'GoldenTopicA' && queueId === 3 && queueOffset >= 3
  })
  expect(pulled.messages.map(({ offsetMessageId }) => offsetMessageId)).toEqual(expected.map(({ msgId }) => msgId))
  expect(pulled.messages.length).toBeGreaterThan(2)
  await close()
  const delay = JSON.parse(files.readWhole(`${STORE}/config/delayOffset.json`)?.toString() ?? '') as {
    readonly offsetTable: Readonly<Record<string, number>>
  }
  expect(delay.offsetTable).toMatchObject(truth.delayOffsets)
  // Nothing was delivered again, and nothing was lost.
  const store = await verifyStore(STORE, goldenConfig(truth), files)
  expect(store).toMatchObject({ records: truth.messages.length, problems: [] })
})

test.each(['a-clean', 'c-small-files', 'f-ipv6', 'g-lmq-cqext'] as const)(
  '%s: our broker has every topic as Apache’s had it',
  async (name) => {
    const { client, truth, close } = await start(name)
    const { body } = await client.remoting.invoke(client.address, GetAllTopicConfig, {})
    const { topicConfigTable } = topicConfigTableBody.decode(body)
    const found = Object.fromEntries(
      Object.keys(truth.topics ?? {}).map((topic) => {
        const { readQueueNums, writeQueueNums, perm, attributes } = topicConfigTable[topic] ?? {}
        return [topic, { readQueueNums, writeQueueNums, perm, attributes }]
      }),
    )
    expect(found).toEqual(truth.topics)
    expect(Object.keys(found).length).toBeGreaterThan(20)
    await close()
  },
)

test('a-clean: a delayed message that Apache’s broker left is delivered by ours when it is due, once', async () => {
  const { files, truth, close } = await start('a-clean')
  const [half] = truth.messages.filter(({ topic, queueId }) => topic === 'SCHEDULE_TOPIC_XXXX' && queueId === 17)
  const { REAL_TOPIC: topic = '', REAL_QID: queue = '' } = half?.properties ?? {}
  const header = { topic, queueId: Number(queue) }
  await close()
  const before = truth.consumeQueues[topic]?.[queue]?.maxOffset ?? 0
  // Level 18 is two hours.
  const later = await start('a-clean', { files, afterMs: 3 * 3_600_000 })
  const maxOffset = async (): Promise<number> =>
    (await later.client.remoting.invoke(later.client.address, GetMaxOffset, header)).header.offset
  await until('the delayed message is in its topic', async () => (await maxOffset()) > before)
  const { messages } = await later.client.pull(topic, before, { queueId: header.queueId })
  expect(messages.map(({ messageId }) => messageId)).toEqual([half?.properties['UNIQ_KEY']])
  await later.close()
  const again = await start('a-clean', { files, afterMs: 4 * 3_600_000 })
  const answer = await again.client.remoting.invoke(again.client.address, GetMaxOffset, header)
  expect(answer.header.offset).toBe(before + 1)
  await again.close()
  expect((await verifyStore(STORE, goldenConfig(truth), files)).problems).toEqual([])
})
