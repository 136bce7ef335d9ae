import { type Pair, parseLines, stringify } from 'dot-properties'

/**
 * Gives other values to keys of a `.properties` text: lines of these keys are replaced where they stand, of a key given
 * several times the last one; new keys are added at the end. Comments and all other lines stay as they are.
 */
export function changeProperties(text: string, changes: ReadonlyMap<string, string>): string {
  const places = new Map<string, readonly [number, number]>()
  for (const node of parseLines(text, true)) {
    if (node.type !== 'PAIR') continue
    const { key, range } = node as Pair
    if (changes.has(key) && range !== undefined) places.set(key, [range[0], range[3]])
  }
  let changed = text
  const fromEnd = [...places].sort(([, [left]], [, [right]]) => right - left)
  for (const [key, [start, end]] of fromEnd) {
    changed = changed.slice(0, start) + lineOf(key, changes.get(key) ?? '') + changed.slice(end)
  }
  const added = [...changes].filter(([key]) => !places.has(key)).map(([key, value]) => `${lineOf(key, value)}\n`)
  const isOpen = changed !== '' && !changed.endsWith('\n') && added.length > 0
  return changed + (isOpen ? '\n' : '') + added.join('')
}

function lineOf(key: string, value: string): string {
  return stringify({ [key]: value }, { keySep: '=', latin1: false, lineWidth: null }).trimEnd()
}
