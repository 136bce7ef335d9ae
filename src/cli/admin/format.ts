/**
 * Fills `%-20s`, `%14d`, `%04d`, `%.2f` and `%s` of a pattern, as Java's formatter does: columns then stand where
 * mqadmin puts them, and a pattern can be compared with Apache's by eye.
 */
export function format(pattern: string, ...values: readonly unknown[]): string {
  let next = 0
  return pattern.replaceAll(/%(-?)(0?)(\d*)(?:\.(\d+))?([sdf])/g, (_all, left, zero, width, digits, kind) => {
    const value = values[next++]
    const text = kind === 'f' ? Number(value).toFixed(digits === undefined ? 6 : Number(digits)) : String(value ?? '')
    const size = Number(width)
    if (left === '-') return text.padEnd(size)
    return text.padStart(size, zero === '0' ? '0' : ' ')
  })
}

/** The first `size` characters. Apache: `UtilAll.frontStringAtLeast`. */
export function front(text: string, size: number): string {
  return text.slice(0, size)
}

/** `2026-03-01 10:20:30`, this machine's time zone. */
export function timeText(ms: number): string {
  const at = new Date(ms)
  const two = (value: number): string => String(value).padStart(2, '0')
  const date = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return `${date} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
}

/** {@link timeText} with `,123`. Apache: `UtilAll.timeMillisToHumanString2`. */
export function timeTextMs(ms: number): string {
  return `${timeText(ms)},${String(ms % 1000).padStart(3, '0')}`
}

/** A number as Java prints a double. */
export function doubleText(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value)
}

/** Number of V4_0_0_SNAPSHOT, from where each release has two numbers, and of the last one. Apache: `MQVersion`. */
const VERSIONS = { first: 212, last: 611, firstRelease: 400 } as const

/** `V5_3_3` of 479. Releases before 4.0 are told by their number. Apache: `MQVersion.getVersionDesc`. */
export function versionText(version: number): string {
  if (version > VERSIONS.last) return 'HIGHER_VERSION'
  if (version < VERSIONS.first) return `V3(${version})`
  const steps = version - VERSIONS.first
  const name = `V${[...String(VERSIONS.firstRelease + (steps >> 1))].join('_')}`
  return steps % 2 === 0 ? `${name}_SNAPSHOT` : name
}
