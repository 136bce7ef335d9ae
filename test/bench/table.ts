import type { Metric } from './measurements.ts'

export const SIDES = ['apache', 'rocketstream'] as const
export type Side = (typeof SIDES)[number]

/** All values of a run, one per round in which the metric was measured. */
export type Samples = Record<Side, Partial<Record<Metric, number[]>>>

interface Row {
  readonly work: string
  readonly metric: Metric
  readonly unit: 'msg/s' | 'ms' | 'µs' | 'MB'
  /** A rate must reach the ratio; everything else must stay below it. `limit` is our absolute limit instead. */
  readonly goal: { readonly ratio: number } | { readonly limit: number }
}

const ROWS: readonly Row[] = [
  { work: 'sync send, 64 threads, 1 KiB, JSON header', metric: 'syncJson', unit: 'msg/s', goal: { ratio: 1.3 } },
  { work: 'sync send, 64 threads, 1 KiB, ROCKETMQ header', metric: 'syncBinary', unit: 'msg/s', goal: { ratio: 1.3 } },
  { work: 'sync send, 1 thread, 1 KiB, mean', metric: 'syncOneMs', unit: 'ms', goal: { ratio: 0.8 } },
  { work: 'batch send, 16 threads, 32 × 1 KiB', metric: 'batch', unit: 'msg/s', goal: { ratio: 1.3 } },
  { work: 'send + live consumer: sent', metric: 'bothSent', unit: 'msg/s', goal: { ratio: 1.3 } },
  { work: 'send + live consumer: received', metric: 'bothReceived', unit: 'msg/s', goal: { ratio: 1.3 } },
  { work: 'catch-up read by one push consumer', metric: 'catchUp', unit: 'msg/s', goal: { ratio: 1.5 } },
  { work: 'server CPU per message sent (JSON header)', metric: 'cpuUs', unit: 'µs', goal: { limit: 8 } },
  { work: 'private memory (RssAnon) under load', metric: 'memoryMb', unit: 'MB', goal: { limit: 200 } },
  { work: 'process start to open ports', metric: 'portsMs', unit: 'ms', goal: { limit: 300 } },
  { work: 'process start to registered broker', metric: 'servingMs', unit: 'ms', goal: { limit: 300 } },
  { work: 'end to end at 1,000 msg/s, p50', metric: 'endToEndP50Ms', unit: 'ms', goal: { ratio: 0.5 } },
  { work: 'end to end at 1,000 msg/s, p99', metric: 'endToEndP99Ms', unit: 'ms', goal: { ratio: 0.5 } },
  { work: 'sync send, 64 threads, 1 KiB, SYNC_FLUSH', metric: 'syncFlush', unit: 'msg/s', goal: { ratio: 1.3 } },
]

/**
 * The table in Markdown. Each value is the best of its rounds, except memory, which is the highest seen.
 *
 * @param proven  false if the run was too short or the machine too busy to prove that a goal is reached:
 *   a Java server that is still compiling looks slower than it is, which is in our favour
 */
export function renderTable(samples: Samples, proven: boolean): string {
  const head = ['work', 'Apache 5.3.3', 'rocketstream', 'ratio', 'goal']
  const measured = ROWS.filter((row) => SIDES.some((side) => samples[side][row.metric] !== undefined))
  const lines = [head, ...measured.map((row) => cells(row, samples, proven))]
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  const render = (line: readonly string[]) => `| ${line.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`
  return [render(head), rule, ...lines.slice(1).map(render)].join('\n')
}

function cells(row: Row, samples: Samples, proven: boolean): string[] {
  const [apache, ours] = [decisive(row, samples.apache[row.metric]), decisive(row, samples.rocketstream[row.metric])]
  const ratio = apache === undefined || ours === undefined ? '–' : `${(ours / apache).toFixed(2)} ×`
  return [row.work, show(row, apache), show(row, ours), ratio, goal(row, apache, ours, proven)]
}

function decisive(row: Row, values: readonly number[] | undefined): number | undefined {
  if (values === undefined || values.length === 0) return undefined
  return row.unit === 'msg/s' || row.unit === 'MB' ? Math.max(...values) : Math.min(...values)
}

function goal(row: Row, apache: number | undefined, ours: number | undefined, proven: boolean): string {
  if ('limit' in row.goal) {
    const text = `≤ ${row.goal.limit} ${row.unit}`
    return ours === undefined ? text : `${text}, ${verdict(ours <= row.goal.limit, proven)}`
  }
  const text = `${row.unit === 'msg/s' ? '≥' : '≤'} ${row.goal.ratio} ×`
  if (apache === undefined || ours === undefined) return text
  const ratio = ours / apache
  return `${text}, ${verdict(row.unit === 'msg/s' ? ratio >= row.goal.ratio : ratio <= row.goal.ratio, proven)}`
}

function verdict(reached: boolean, proven: boolean): string {
  if (!reached) return 'MISSED'
  return proven ? 'reached' : 'reached, unproven'
}

function show(row: Row, value: number | undefined): string {
  if (value === undefined) return '–'
  const digits = row.unit === 'msg/s' || value >= 100 ? 0 : value >= 10 ? 1 : 2
  const places = { minimumFractionDigits: digits, maximumFractionDigits: digits }
  return `${value.toLocaleString('en-US', places)} ${row.unit}`
}
