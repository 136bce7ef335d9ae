import { type Node, type Pair, parseLines } from 'dot-properties'
import type { SettingText } from './define-config.ts'

/**
 * Reads `.properties` text into key → text and origin (`name:line`). Of a key given twice the last wins, and the earlier
 * line is reported in `duplicates`.
 */
export function parseProperties(
  text: string,
  name: string,
): { readonly entries: ReadonlyMap<string, SettingText>; readonly duplicates: readonly string[] } {
  const entries = new Map<string, SettingText>()
  const duplicates: string[] = []
  const source = text.replace(/^\uFEFF/, '')
  let line = 1
  let counted = 0
  for (const node of parseLines(source, true)) {
    const [start] = node.range
    line += source.slice(counted, start).match(/\r\n?|\n/g)?.length ?? 0
    counted = start
    if (!isPair(node) || node.key === '') continue
    const origin = `${name}:${line}`
    const earlier = entries.get(node.key)
    if (earlier !== undefined)
      duplicates.push(`${origin}: "${node.key}" was already given at ${earlier.origin}; this line wins`)
    entries.set(node.key, { text: node.value, origin })
  }
  return { entries, duplicates }
}

function isPair(node: Node): node is Pair {
  return node.type === 'PAIR'
}
