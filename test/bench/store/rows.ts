/** One line of a table: what was measured, and whether that is good enough. */
export interface Row {
  readonly work: string
  readonly value: string
  readonly goal: string
  /** `undefined`: it has no goal. */
  readonly isReached: boolean | undefined
}

/** A row whose value may be at most (`≤`) or must be at least (`≥`) `limit`. */
export function judged(work: string, value: number, unit: string, sign: '≤' | '≥', limit: number): Row {
  const isReached = sign === '≤' ? value <= limit : value >= limit
  return {
    work,
    value: `${textOf(value)} ${unit}`,
    goal: `${sign} ${limit.toLocaleString('en-US')} ${unit}`,
    isReached,
  }
}

/** A row that only informs. */
export function shown(work: string, value: number, unit: string): Row {
  return { work, value: `${textOf(value)} ${unit}`, goal: '', isReached: undefined }
}

/** The rows as a table in Markdown. */
export function renderRows(rows: readonly Row[]): string {
  const lines = rows.map(({ work, value, goal, isReached }) => {
    return [work, value, isReached === undefined ? goal : `${goal}, ${isReached ? 'reached' : 'MISSED'}`]
  })
  const all = [['work', 'measured', 'goal'], ...lines]
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((line) => line[column]?.length ?? 0)))
  const render = (line: readonly string[]): string =>
    `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`
  return [render(all[0] ?? []), rule, ...all.slice(1).map(render)].join('\n')
}

function textOf(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}
