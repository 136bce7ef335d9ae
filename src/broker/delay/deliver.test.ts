import { expect, onTestFinished, test } from 'vitest'
import { SimulatedFiles } from '../../base/files/index.ts'
import { silentLogger } from '../../base/log/index.ts'
import { SimulatedClock } from '../../base/time/index.ts'
import { decodeRecords, encodeProperties, hostBytes, type ReceivedMessage } from '../../message/index.ts'
import { type AppendResult, type MessageStore, openStore, storeConfig, verifyStore } from '../../store/index.ts'
import { DELAY_TOPIC, delayLevels } from './delay-levels.ts'
import { DelayProgress } from './delay-progress.ts'
import { DelayedDelivery } from './deliver.ts'

const LEVELS = '1s 5s 2h'
const SIZES = { mappedFileSizeCommitLog: 65_536, mappedFileSizeConsumeQueue: 2000 }

interface Running {
  readonly store: MessageStore
  readonly clock: SimulatedClock
  /** Stores a message that waits at this level for topic T. */
  delay(level: number, text: string): Promise<void>
  /** What topic T has, texts and store times since the start. */
  delivered(): Promise<readonly (readonly [string, number])[]>
}

async function start(wrap: (store: MessageStore) => MessageStore = (store) => store): Promise<Running> {
  const [files, clock] = [new SimulatedFiles(), new SimulatedClock()]
  const startMs = clock.now()
  const config = { storePathRootDir: '/store', messageDelayLevel: LEVELS, ...SIZES }
  const store = await openStore(storeConfig.with(config), { files, clock })
  const keeping = { files, logger: silentLogger }
  const progress = new DelayProgress('/store/config/delayOffset.json', keeping, clock, 10_000)
  const parts = { progress, levels: delayLevels(LEVELS), clock, logger: silentLogger }
  const delivery = new DelayedDelivery({ ...parts, store: wrap(store) })
  store.onArrival((topic, queueId) => {
    if (topic === DELAY_TOPIC) delivery.arrived(queueId)
  })
  onTestFinished(async () => {
    const closing = [delivery, progress, store].map((resource) => resource[Symbol.asyncDispose]())
    await clock.advance(1000)
    await Promise.all(closing)
    expect((await verifyStore('/store', config, files)).problems).toEqual([])
  })
  return {
    store,
    clock,
    async delay(level, text) {
      store.append(delayed(level, text), { appended: () => undefined })
      await clock.advance(0)
    },
    async delivered() {
      const read = await store.read('T', 0, 0, { maxMessages: 32 })
      const messages: readonly ReceivedMessage[] = decodeRecords(Buffer.concat(read.slices), 'b')
      return messages.map((message) => [message.body.toString(), message.storeTimestamp - startMs] as const)
    },
  }
}

function delayed(level: number, text: string) {
  return {
    topic: DELAY_TOPIC,
    queueId: level - 1,
    flag: 0,
    sysFlag: 0,
    bornTimestamp: 0,
    bornHost: hostBytes('127.0.0.1', 1),
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
    body: Buffer.from(text),
    properties: encodeProperties({ DELAY: `${level}`, REAL_TOPIC: 'T', REAL_QID: '0' }),
    waitStoreOk: true,
  }
}

test('each message is delivered in the millisecond in which it is due', async () => {
  const { clock, delay, delivered } = await start()
  await delay(3, 'two hours')
  await delay(2, 'five seconds')
  await clock.advance(300)
  await delay(1, 'one second')
  await clock.advance(999)
  expect(await delivered()).toEqual([])
  await clock.advance(10_000)
  await delay(1, 'another')
  await clock.advance(7_200_000)
  expect(await delivered()).toEqual([
    ['one second', 1300],
    ['five seconds', 5000],
    ['another', 12_299],
    ['two hours', 7_200_000],
  ])
})

test('more messages than one reading holds are all delivered, in order', async () => {
  const { clock, delay, delivered, store } = await start()
  for (let index = 0; index < 100; index++) await delay(1, `${index}`)
  await clock.advance(1000)
  expect(store.maxOffset('T', 0)).toBe(100)
  expect((await delivered()).map(([text]) => text)).toEqual(Array.from({ length: 32 }, (_, index) => `${index}`))
})

test('a message that could not be stored in its topic is tried again after 10 s, and later ones wait for it', async () => {
  const failed: AppendResult = {
    status: 'service-not-available',
    physicalOffset: 0,
    queueOffset: 0,
    storeTimestamp: 0,
    physicalOffsets: [],
  }
  let failures = 1
  const { clock, delay, delivered } = await start(
    (store) =>
      ({
        minOffset: (topic: string, queueId: number) => store.minOffset(topic, queueId),
        maxOffset: (topic: string, queueId: number) => store.maxOffset(topic, queueId),
        read: (...args: Parameters<MessageStore['read']>) => store.read(...args),
        append: (...[message, receiver]: Parameters<MessageStore['append']>) => {
          if (failures-- > 0) queueMicrotask(() => receiver.appended(failed))
          else store.append(message, receiver)
        },
      }) as unknown as MessageStore,
  )
  await delay(1, 'first')
  await clock.advance(1000)
  expect(await delivered()).toEqual([])
  await clock.advance(10_000)
  expect(await delivered()).toEqual([['first', 11_000]])
})
