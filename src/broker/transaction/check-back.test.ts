import { expect, onTestFinished, test } from 'vitest'
import { SimulatedFiles } from '../../base/files/index.ts'
import { silentLogger } from '../../base/log/index.ts'
import { SimulatedClock } from '../../base/time/index.ts'
import { decodeRecords, encodeProperties, hostBytes, type ReceivedMessage } from '../../message/index.ts'
import type { EndTransaction, Handler } from '../../remoting/index.ts'
import { type AppendResult, type MessageStore, openStore, storeConfig, verifyStore } from '../../store/index.ts'
import { appendOne } from '../append-one.ts'
import { brokerConfig } from '../config.ts'
import { delayLevels } from '../delay/delay-levels.ts'
import { ConsumerOffsets } from '../offsets/consumer-offsets.ts'
import { TopicTable } from '../topics/topic-table.ts'
import { CheckBack } from './check-back.ts'
import { endTransaction } from './end-transaction.ts'
import { EndedHalves } from './ended-halves.ts'
import { HALF_TOPIC, type HalfFacts } from './half-message.ts'
import { MovedHalves } from './moved-halves.ts'

// The times are those of an Apache broker's settings: asked from 6 s of age on, every 30 s, 15 times.

interface Asked {
  readonly atMs: number
  readonly transaction: string | undefined
  readonly times: number
}

interface Running {
  readonly store: MessageStore
  readonly clock: SimulatedClock
  readonly ended: EndedHalves
  readonly asked: readonly Asked[]
  /** Stores a half message now; `ageMs` makes it older. */
  half(text: string, more?: Readonly<Record<string, string>>, ageMs?: number): Promise<AppendResult>
  commit(half: AppendResult): Promise<void>
  messages(topic: string): Promise<readonly ReceivedMessage[]>
}

async function start(wrap: (store: MessageStore) => MessageStore = (store) => store): Promise<Running> {
  const [files, clock] = [new SimulatedFiles(), new SimulatedClock()]
  const startMs = clock.now()
  const sizes = { storePathRootDir: '/store', mappedFileSizeCommitLog: 65_536, mappedFileSizeConsumeQueue: 2000 }
  const store = await openStore(storeConfig.with(sizes), { files, clock })
  const keeping = { files, logger: silentLogger }
  const offsets = new ConsumerOffsets(
    { plain: '/store/config/consumerOffset.json', light: '' },
    false,
    keeping,
    clock,
    60_000,
  )
  const topics = new TopicTable('/store/config/topics.json', keeping, clock)
  const settings = brokerConfig.with({})
  const seen = wrap(store)
  const ownHost = hostBytes('127.0.0.1', 10_911)
  const shared = { store: seen, offsets, clock, logger: silentLogger, settings }
  const ended = await EndedHalves.open({ ...shared, ownHost, nextUniqueKey: () => 'OP' })
  const moved = new MovedHalves()
  const asked: Asked[] = []
  const ask = (_: unknown, { uniqueKey, checkTimes }: HalfFacts): boolean => {
    asked.push({ atMs: clock.now() - startMs, transaction: uniqueKey, times: checkTimes })
    return true
  }
  const checking = new CheckBack({ ...shared, topics, ended, moved, ask })
  const levels = delayLevels('1s')
  const end = endTransaction({ ...shared, ended, moved, levels, transactionTimeOut: settings.transactionTimeOut })
  onTestFinished(async () => {
    const closing = [checking, ended, topics, offsets].map((resource) => resource[Symbol.asyncDispose]())
    await clock.advance(1000)
    await Promise.all(closing)
    const stopped = store[Symbol.asyncDispose]()
    await clock.advance(1000)
    await stopped
    expect((await verifyStore('/store', sizes, files)).problems).toEqual([])
  })
  const settled = async <Value>(work: Promise<Value>): Promise<Value> => {
    // Reading, then storing.
    for (let turn = 0; turn < 2; turn++) await clock.advance(0)
    return work
  }
  return {
    store,
    clock,
    ended,
    asked,
    half: (text, more = {}, ageMs = 0) => settled(appendOne(store, halfOf(text, more, clock.now() - ageMs))),
    commit: ({ queueOffset, physicalOffset }) => settled(commit(end, queueOffset, physicalOffset)),
    async messages(topic) {
      const { slices } = await store.read(topic, 0, 0, { maxMessages: 100 })
      return decodeRecords(Buffer.concat(slices), 'b')
    },
  }
}

function halfOf(text: string, more: Readonly<Record<string, string>>, bornTimestamp: number) {
  const properties = { TRAN_MSG: 'true', PGROUP: 'P', REAL_TOPIC: 'T', REAL_QID: '0', UNIQ_KEY: text, ...more }
  const where = { topic: HALF_TOPIC, queueId: 0, bornHost: hostBytes('127.0.0.1', 1), bornTimestamp }
  const plain = { flag: 7, sysFlag: 0, reconsumeTimes: 0, preparedTransactionOffset: 0, waitStoreOk: false }
  return { ...where, ...plain, body: Buffer.from(text), properties: encodeProperties(properties) }
}

async function commit(end: Handler<typeof EndTransaction>, queueOffset: number, physicalOffset: number): Promise<void> {
  const header = { topic: undefined, msgId: undefined, transactionId: undefined, bname: undefined }
  const places = { tranStateTableOffset: queueOffset, commitLogOffset: physicalOffset }
  const how = { producerGroup: 'P', commitOrRollback: 8, fromTransactionCheck: false }
  const reply = await end({ ...header, ...places, ...how }, { peer: { address: '' } } as never)
  expect(reply).toEqual({})
}

const textsOf = (messages: readonly ReceivedMessage[]): string[] => messages.map(({ body }) => body.toString())

test('a transaction is asked about by the first look after its time, and by every later one', async () => {
  const { clock, half, asked } = await start()
  await half('early')
  await clock.advance(25_000)
  await half('late')
  await clock.advance(70_000)
  expect(asked.map(({ atMs, transaction, times }) => [atMs, transaction, times])).toEqual([
    [30_000, 'early', 1],
    [60_000, 'late', 1],
    [60_000, 'early', 2],
    [90_000, 'late', 2],
    [90_000, 'early', 3],
  ])
})

test('after 15 times it is put aside with all it has, as is one older than three days', async () => {
  const { clock, half, asked, messages, ended } = await start()
  await half('ancient', {}, 73 * 3_600_000)
  await half('orphan', { TAGS: 'A' })
  await clock.advance(30_000 * 18)
  expect(asked.map(({ transaction, times }) => `${transaction} ${times}`)).toEqual(
    Array.from({ length: 15 }, (_, n) => `orphan ${n + 1}`),
  )
  const aside = await messages('TRANS_CHECK_MAX_TIME_TOPIC')
  expect(textsOf(aside)).toEqual(['ancient', 'orphan'])
  expect(aside[1]).toMatchObject({ flag: 7, tag: 'A', properties: { TRANSACTION_CHECK_TIMES: '15', REAL_TOPIC: 'T' } })
  expect(ended.next).toBe(17)
})

test('one whose producer’s clock is ahead is asked about', async () => {
  const { clock, half, asked } = await start()
  await half('from the future', {}, -60_000)
  await clock.advance(30_000)
  expect(asked).toHaveLength(1)
})

test('one that is committed while it is being moved is neither asked about nor delivered twice', async () => {
  let meanwhile: (() => Promise<void>) | undefined
  const { clock, half, commit, asked, messages, ended } = await start(
    (store) =>
      ({
        minOffset: (...args: [string, number]) => store.minOffset(...args),
        maxOffset: (...args: [string, number]) => store.maxOffset(...args),
        recordAt: (at: number) => store.recordAt(at),
        read: (...args: Parameters<MessageStore['read']>) => store.read(...args),
        append: (...[message, receiver]: Parameters<MessageStore['append']>) => {
          const held = message.topic === HALF_TOPIC ? meanwhile : undefined
          if (held === undefined) store.append(message, receiver)
          else store.append(message, { appended: (result) => void held().then(() => receiver.appended(result)) })
        },
      }) as unknown as MessageStore,
  )
  const sent = await half('open')
  meanwhile = () => commit(sent)
  await clock.advance(100_000)
  expect(asked).toEqual([])
  expect(textsOf(await messages('T'))).toEqual(['open'])
  expect(ended.next).toBe(2)
})

test('one that cannot be stored again is left where it is and asked about later', async () => {
  let failures = 1
  const failed = {
    status: 'service-not-available',
    physicalOffset: 0,
    queueOffset: 0,
    storeTimestamp: 0,
  } as AppendResult
  const { clock, half, asked, ended } = await start(
    (store) =>
      ({
        minOffset: (...args: [string, number]) => store.minOffset(...args),
        maxOffset: (...args: [string, number]) => store.maxOffset(...args),
        read: (...args: Parameters<MessageStore['read']>) => store.read(...args),
        append: (...[message, receiver]: Parameters<MessageStore['append']>) => {
          if (failures-- > 0) queueMicrotask(() => receiver.appended(failed))
          else store.append(message, receiver)
        },
      }) as unknown as MessageStore,
  )
  await half('open')
  await clock.advance(30_000)
  expect([asked.length, ended.next]).toEqual([0, 0])
  await clock.advance(30_000)
  expect([asked.length, ended.next]).toEqual([1, 1])
})

test('ends are gathered for three seconds, and the progress follows them', async () => {
  const { clock, half, commit, messages, ended } = await start()
  const halves = [await half('a'), await half('b'), await half('c')]
  for (const one of [halves[2], halves[0]]) await commit(one as AppendResult)
  await clock.advance(2900)
  expect(await messages('RMQ_SYS_TRANS_OP_HALF_TOPIC')).toEqual([])
  await clock.advance(200)
  const [record] = await messages('RMQ_SYS_TRANS_OP_HALF_TOPIC')
  expect(record?.body.toString()).toBe('2,0,')
  await clock.advance(60_000)
  expect(ended.next).toBe(4)
})
