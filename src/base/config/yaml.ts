import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  type Scalar,
} from 'yaml'
import type { SettingText } from './define-config.ts'
import { configErrors } from './errors.ts'
import type { PropertyDocument } from './properties.ts'

/**
 * Reads YAML 1.1 text as flat keys: nested keys joined by dots, list items as `[0]`. Every document of the text is one
 * result; `yes` and `on` are `true`.
 * @throws RMQ_CONFIG_FILE  the text is not YAML, or a key is given twice
 */
export function parseYamlDocuments(text: string, name: string): readonly PropertyDocument[] {
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, { version: '1.1', lineCounter: lines, merge: true })
  if (!Array.isArray(documents)) return []
  return documents.map((document: Document) => {
    const [fault] = document.errors
    if (fault !== undefined) throw configErrors.RMQ_CONFIG_FILE({ path: name, reason: fault.message }, fault)
    const entries = new Map<string, SettingText>()
    flatten(document.contents, '', { document, entries, origin: (at) => `${name}:${lines.linePos(at).line}` })
    return { entries, duplicates: [], suspicions: [] }
  })
}

interface Target {
  readonly document: Document
  readonly entries: Map<string, SettingText>
  readonly origin: (at: number) => string
}

function flatten(node: unknown, path: string, target: Target): void {
  if (isAlias(node)) flatten(node.resolve(target.document), path, target)
  else if (isMap(node)) {
    const merged = (pair: Pair): boolean => keyText(pair.key) === '<<'
    for (const pair of node.items.filter(merged)) flattenMerge(pair.value, path, target)
    for (const pair of node.items) if (!merged(pair)) flatten(pair.value, join(path, keyText(pair.key)), target)
  } else if (isSeq(node))
    node.items.forEach((item, index) => {
      flatten(item, `${path}[${index}]`, target)
    })
  else if (path !== '') {
    const at = (node as Node | null)?.range?.[0] ?? 0
    target.entries.set(path, { text: scalarText(node), origin: target.origin(at) })
  }
}

function flattenMerge(value: unknown, path: string, target: Target): void {
  if (isSeq(value)) for (const item of [...value.items].reverse()) flatten(item, path, target)
  else flatten(value, path, target)
}

function join(path: string, key: string): string {
  return path === '' || key.startsWith('[') ? path + key : `${path}.${key}`
}

function keyText(key: unknown): string {
  return isScalar(key) ? ((key as Scalar).source ?? String(key.value)) : String(key)
}

/** Dates keep their spelling; everything else has the value's, so that `0123` is 83 and `yes` is true. */
function scalarText(node: unknown): string {
  if (!isScalar(node) || node.value === null || node.value === undefined) return ''
  return node.value instanceof Date ? (node.source ?? '') : String(node.value)
}
