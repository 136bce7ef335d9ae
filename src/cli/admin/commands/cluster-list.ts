import type { AdminCommand, AdminContext } from '../admin-command.ts'
import { format } from '../format.ts'

const BASE = '%-22s  %-22s  %-4s  %-22s %-16s  %16s  %30s  %-22s  %-11s  %-12s  %-8s  %-10s'
const BASE_ROW = '%-22s  %-22s  %-4s  %-22s %-16s  %16s  %30s  %-22s  %11s  %-12s  %-8s  %10s'
const MORE = '%-16s  %-32s %14s %14s %14s %14s'
const HOUR_MS = 3_600_000
const SECOND_MS = 1000

/** One broker and what it told; nothing when it did not answer. */
interface BrokerFacts {
  readonly cluster: string
  readonly name: string
  readonly id: string
  readonly address: string
  readonly runtime: Readonly<Record<string, string>>
}

/** Apache: `ClusterListSubCommand` (5.3.3). */
export const clusterList: AdminCommand = {
  name: 'clusterList',
  description: 'list clusters and brokers with what they do now, or with -m what they did today and yesterday',
  flags: [
    { short: 'm', long: 'moreStats', text: 'messages in and out, today and yesterday', kind: 'switch' },
    { short: 'i', long: 'interval', text: 'repeat every so many seconds, until it is stopped', kind: 'number' },
    { short: 'c', long: 'clusterName', text: 'only this cluster' },
  ],
  async run(context) {
    const { flags } = context
    const seconds = flags.number('interval')
    for (;;) {
      const brokers = await brokersOf(context)
      if (flags.truth('moreStats') === true) printMore(context, brokers)
      else printBase(context, brokers, context.now())
      if (seconds === undefined) return
      await context.sleep(Math.max(1, seconds) * SECOND_MS)
    }
  },
}

async function brokersOf({ admin, flags, note }: AdminContext): Promise<readonly BrokerFacts[]> {
  const wanted = flags.optionalText('clusterName')
  const { clusterAddrTable, brokerAddrTable } = await admin.cluster.info()
  const clusters = Object.entries(clusterAddrTable).filter(([cluster]) => wanted === undefined || cluster === wanted)
  const places = clusters.sort().flatMap(([cluster, names]) =>
    [...names].sort().flatMap((name) =>
      Object.entries(brokerAddrTable[name]?.brokerAddrs ?? {})
        .sort(([left], [right]) => Number(left) - Number(right))
        .map(([id, address]) => ({ cluster, name, id, address })),
    ),
  )
  return Promise.all(
    places.map(async (place) => {
      try {
        return { ...place, runtime: await admin.brokers.runtime(place.address) }
      } catch (failure) {
        note(`${place.address}: ${failure instanceof Error ? failure.message : String(failure)}`)
        return { ...place, runtime: {} }
      }
    }),
  )
}

function printMore({ line }: AdminContext, brokers: readonly BrokerFacts[]): void {
  const columns = ['#InTotalYest', '#OutTotalYest', '#InTotalToday', '#OutTotalToday']
  line(MORE, '#Cluster Name', '#Broker Name', ...columns)
  for (const { cluster, name, runtime } of brokers) {
    const count = (key: string): number => Number(runtime[key] ?? 0)
    const day = (what: string): readonly [number, number] => {
      const [before, morning] = [count(`${what}TotalYesterdayMorning`), count(`${what}TotalTodayMorning`)]
      return [morning - before, count(`${what}TotalTodayNow`) - morning]
    }
    const [putYesterday, putToday] = day('msgPut')
    const [getYesterday, getToday] = day('msgGet')
    line(MORE, cluster, name, putYesterday, getYesterday, putToday, getToday)
  }
}

function printBase({ line }: AdminContext, brokers: readonly BrokerFacts[], nowMs: number): void {
  const rates = ['#InTPS(LOAD)', '#OutTPS(LOAD)', '#Timer(Progress)', '#PCWait(ms)']
  const place = ['#Cluster Name', '#Broker Name', '#BID', '#Addr', '#Version']
  line(BASE, ...place, ...rates, '#Hour', '#SPACE', '#ACTIVATED')
  for (const { cluster, name, id, address, runtime } of brokers) {
    const load = (pool: string): string =>
      `${runtime[`${pool}ThreadPoolQueueSize`] ?? ''},${runtime[`${pool}ThreadPoolQueueHeadWaitTimeMills`] ?? ''}ms`
    const first = (key: string): number => Number((runtime[key] ?? '').trim().split(' ')[0] || 0)
    const earliest = runtime['earliestMessageTimeStamp']
    const timer = format(
      '%d-%d(%.1fw, %.1f, %.1f)',
      first('timerReadBehind'),
      first('timerOffsetBehind'),
      first('timerCongestNum') / 10_000,
      first('timerEnqueueTps'),
      first('timerDequeueTps'),
    )
    line(
      BASE_ROW,
      cluster,
      name,
      id,
      address,
      runtime['brokerVersionDesc'] ?? '',
      format('%9.2f(%s)', first('putTps'), load('send')),
      format('%9.2f(%s|%s)', first('getTransferredTps'), load('pull'), load('ack')),
      timer,
      runtime['pageCacheLockTimeMills'] ?? '',
      earliest === undefined ? '0.00' : ((nowMs - Number(earliest)) / HOUR_MS).toFixed(2),
      first('commitLogDiskRatio').toFixed(4),
      runtime['brokerActive'] ?? 'false',
    )
  }
}
