const PARTS = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})$/

/** Whether a file of this name is an index file. */
export function isIndexFileName(name: string): boolean {
  return PARTS.test(name)
}

/**
 * The name of an index file that is made now: `yyyyMMddHHmmssSSS`, local time. Files are ordered by name, so a name is
 * always greater than the one before, whatever the clock says. Apache: `UtilAll.timeMillisToHumanString`.
 */
export function indexFileName(nowMs: number, before: string): string {
  const now = new Date(nowMs)
  const local = Date.UTC(
    now.getFullYear(),
    now.getMonth(),
    now.getDate(),
    now.getHours(),
    now.getMinutes(),
    now.getSeconds(),
    now.getMilliseconds(),
  )
  const name = nameOf(local)
  if (name > before) return name
  const [year = 0, month = 1, ...rest] = (PARTS.exec(before)?.slice(1) ?? []).map(Number)
  return nameOf(Date.UTC(year, month - 1, ...rest) + 1)
}

/** Read as if it were UTC, so that no hour occurs twice. */
function nameOf(local: number): string {
  return new Date(local).toISOString().replaceAll(/\D/g, '')
}
