import type { Files } from '../../base/files/index.ts'
import type { Clock } from '../../base/time/index.ts'
import { storeTimestampOf } from '../../message/index.ts'
import { type GetBrokerRuntimeInfo, type Handler, kvTableBody, PROTOCOL_VERSION } from '../../remoting/index.ts'
import type { MessageStore } from '../../store/index.ts'
import type { BrokerConfig } from '../config.ts'
import { DELAY_TOPIC, type DelayLevels, delayQueueOf } from '../delay/delay-levels.ts'
import type { DelayProgress } from '../delay/delay-progress.ts'
import type { Sender } from '../send/sender.ts'
import type { BrokerStats } from './broker-stats.ts'
import { doubleText, ratesText } from './throughput.ts'

/** What a broker tells of itself. */
export interface RuntimeServices {
  readonly config: BrokerConfig
  readonly store: MessageStore
  readonly stats: BrokerStats
  readonly sender: Sender
  readonly progress: DelayProgress
  readonly levels: DelayLevels
  readonly files: Files
  readonly clock: Clock
}

/**
 * What the broker has done and how it stands, as texts. Apache's thread pools have no counterpart here: their queues
 * are told as empty, except that the sends' is what is being stored. Apache: `AdminBrokerProcessor.prepareRuntimeInfo`
 * (5.3.3).
 */
export function runtimeInfo(services: RuntimeServices): Handler<typeof GetBrokerRuntimeInfo> {
  return async () => {
    const table = {
      ...identityFacts(services),
      ...trafficFacts(services),
      ...(await storeFacts(services)),
      ...diskFacts(services),
      ...queueFacts(services),
      ...delayFacts(services),
    }
    return { body: kvTableBody.encode({ table: texts(table) }) }
  }
}

type Facts = Readonly<Record<string, string | number | boolean>>

function texts(facts: Facts): Record<string, string> {
  return Object.fromEntries(Object.entries(facts).map(([key, value]) => [key, String(value)]))
}

function identityFacts({ stats, clock, config }: RuntimeServices): Facts {
  return {
    brokerActive: true,
    brokerVersion: PROTOCOL_VERSION,
    brokerVersionDesc: 'V5_3_3',
    bootTimestamp: stats.startedMs,
    runtime: durationText(clock.now() - stats.startedMs),
    startAcceptSendRequestTimeStamp: config.startAcceptSendRequestTimeStamp,
  }
}

function trafficFacts({ stats, sender }: RuntimeServices): Facts {
  const { put, putBytes, found, missed, transferred } = stats
  return {
    msgPutTotalTodayNow: put.total,
    msgPutTotalTodayMorning: put.todayMorning,
    msgPutTotalYesterdayMorning: put.yesterdayMorning,
    msgGetTotalTodayNow: transferred.total,
    msgGetTotalTodayMorning: transferred.todayMorning,
    msgGetTotalYesterdayMorning: transferred.yesterdayMorning,
    putTps: ratesText(put),
    getFoundTps: ratesText(found),
    getMissTps: ratesText(missed),
    getTotalTps: ratesText(found, missed),
    getTransferredTps: ratesText(transferred),
    putMessageTimesTotal: put.total,
    putMessageSizeTotal: putBytes.total,
    putMessageAverageSize: doubleText(put.total === 0 ? 0 : putBytes.total / put.total),
    putMessageFailedTimes: sender.failed,
    // Single calls are not timed: messages are stored in groups, and a clock per message would cost more than it tells.
    putMessageEntireTimeMax: 0,
    getMessageEntireTimeMax: 0,
    putMessageDistributeTime: 'null',
    putLatency99: '0.00',
    putLatency999: '0.00',
  }
}

async function storeFacts({ store }: RuntimeServices): Promise<Facts> {
  return {
    commitLogMinOffset: store.minPhysicalOffset,
    commitLogMaxOffset: store.maxPhysicalOffset,
    remainHowManyDataToFlush: sizeText(store.maxPhysicalOffset - store.flushedOffset),
    // Messages are dispatched with the append itself, so nothing is ever behind.
    dispatchBehindBytes: 0,
    dispatchMaxBuffer: 0,
    pageCacheLockTimeMills: 0,
    remainTransientStoreBufferNumbs: 2_147_483_647,
    earliestMessageTimeStamp: await earliestStoreTime(store),
  }
}

function diskFacts({ files, config, store }: RuntimeServices): Facts {
  const { totalBytes, freeBytes } = files.space(config.storePathRootDir)
  const { logDirectories, log, queues } = store.diskUse()
  return {
    commitLogDirCapacity: `Total : ${sizeText(totalBytes)}, Free : ${sizeText(freeBytes)}.`,
    commitLogDiskRatio: log,
    ...Object.fromEntries([...logDirectories].map(([name, ratio]) => [`commitLogDiskRatio_${name}`, ratio])),
    consumeQueueDiskRatio: queues,
  }
}

function queueFacts({ config, sender }: RuntimeServices): Facts {
  const queue = (name: string, size: number, capacity: number): Facts => ({
    [`${name}ThreadPoolQueueSize`]: size,
    [`${name}ThreadPoolQueueCapacity`]: capacity,
    [`${name}ThreadPoolQueueHeadWaitTimeMills`]: 0,
  })
  const { sendThreadPoolQueueCapacity: sends, pullThreadPoolQueueCapacity: pulls } = config
  return {
    ...queue('send', sender.inFlight, sends),
    ...queue('pull', 0, pulls),
    ...queue('litePull', 0, pulls),
    ...queue('query', 0, pulls),
    ...queue('ack', 0, pulls),
    EndTransactionQueueSize: 0,
    EndTransactionThreadPoolQueueCapacity: sends,
  }
}

function delayFacts({ store, progress, levels }: RuntimeServices): Facts {
  const facts: Record<string, string | number> = {
    timerReadBehind: 0,
    timerOffsetBehind: 0,
    timerCongestNum: 0,
    timerEnqueueTps: '0.0',
    timerDequeueTps: '0.0',
  }
  for (let level = 1; level <= levels.max; level++) {
    const end = store.maxOffset(DELAY_TOPIC, delayQueueOf(level))
    if (end > 0) facts[`scheduleMessageOffset_${level}`] = `${progress.get(level)},${end}`
  }
  return facts
}

async function earliestStoreTime(store: MessageStore): Promise<number> {
  const record = await store.recordAt(store.minPhysicalOffset)
  return record === undefined ? -1 : storeTimestampOf(record, 0)
}

/** Apache: `DefaultMessageStore.getRuntimeInfo`, `StoreStatsService.getFormatRuntime`. */
function durationText(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  const [days, hours, minutes] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600), Math.floor(seconds / 60)]
  return `[ ${days} days, ${hours % 24} hours, ${minutes % 60} minutes, ${seconds % 60} seconds ]`
}

/** Apache: `MixAll.humanReadableByteCount` with binary units. */
function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  const power = Math.min(6, Math.floor(Math.log(bytes) / Math.log(1024)))
  return `${(bytes / 1024 ** power).toFixed(1)} ${' KMGTPE'.charAt(power)}iB`
}
