import { type Comment, type Node, type Pair, parse, parseLines } from 'dot-properties'
import type { SettingText } from './define-config.ts'

/** One of the parts that `#---` or `!---` lines divide a `.properties` file into. */
export interface PropertyDocument {
  /** Key → text and origin (`name:line`); list keys `key[]=a,b` as `key[0]`, `key[1]`. */
  readonly entries: ReadonlyMap<string, SettingText>
  /** Keys given twice, of which the last wins; each as a sentence. */
  readonly duplicates: readonly string[]
  /** Values that probably do not say what was meant; each as a sentence. */
  readonly suspicions: readonly string[]
}

/**
 * Reads `.properties` text into key → text and origin (`name:line`). Of a key given twice the last wins, and the
 * earlier line is reported in `duplicates`.
 */
export function parseProperties(
  text: string,
  name: string,
): { readonly entries: ReadonlyMap<string, SettingText>; readonly duplicates: readonly string[] } {
  const document = new DocumentBuilder(name)
  for (const { node, line, source } of nodesOf(text)) if (isPair(node)) document.add(node, line, source, false)
  return document
}

/** Reads `.properties` text as Spring Boot does: documents divided by `#---`, and list keys `key[]=a,b`. */
export function parsePropertyDocuments(text: string, name: string): readonly PropertyDocument[] {
  let document = new DocumentBuilder(name)
  const documents = [document]
  for (const { node, line, source } of nodesOf(text)) {
    if (isPair(node)) document.add(node, line, source, true)
    else if (isDivider(node, source)) {
      document = new DocumentBuilder(name)
      documents.push(document)
    }
  }
  return documents
}

class DocumentBuilder implements PropertyDocument {
  readonly entries = new Map<string, SettingText>()
  readonly duplicates: string[] = []
  readonly suspicions: string[] = []
  readonly #name: string

  constructor(name: string) {
    this.#name = name
  }

  add(pair: Pair, line: number, source: string, lists: boolean): void {
    if (pair.key === '') return
    const origin = `${this.#name}:${line}`
    if (lists && pair.key.endsWith('[]')) this.#addList(pair, origin, source)
    else this.#addOne(pair.key, pair.value, origin)
  }

  #addOne(key: string, text: string, origin: string): void {
    const earlier = this.entries.get(key)
    if (earlier !== undefined)
      this.duplicates.push(`${origin}: "${key}" was already given at ${earlier.origin}; this line wins`)
    if (/^(['"]).*\1$/.test(text))
      this.suspicions.push(`${origin}: the quotes of ${key}=${text} belong to the value; .properties files need none`)
    if (/[ \t\f]$/.test(text)) this.suspicions.push(`${origin}: the value of "${key}" ends with a blank, which is kept`)
    this.entries.set(key, { text, origin })
  }

  /** Splits the raw text, because an escaped comma does not divide, and the parser has removed the escapes. */
  #addList(pair: Pair, origin: string, source: string): void {
    const [, , from, to] = pair.range ?? [0, 0, 0, 0]
    const stem = pair.key.slice(0, -2)
    const first = [...this.entries.keys()].filter((key) => key.startsWith(`${stem}[`)).length
    const items = source.slice(from, to).match(/(?:\\[\s\S]|[^\\,])+/g) ?? []
    items.forEach((item, index) => {
      this.#addOne(`${stem}[${first + index}]`, String(parse(`item=${item.trim()}`).item ?? ''), origin)
    })
  }
}

/** The parser's nodes with their lines. */
function* nodesOf(text: string): Generator<{ node: Node; line: number; source: string }> {
  const source = text.replace(/^\uFEFF/, '')
  let line = 1
  let counted = 0
  for (const node of parseLines(source, true)) {
    const [start] = node.range
    line += source.slice(counted, start).match(/\r\n?|\n/g)?.length ?? 0
    counted = start
    yield { node, line, source }
  }
}

/** A divider stands alone at the start of its line, and no comment of the same kind touches it. */
function isDivider(node: Node, source: string): boolean {
  if (node.type !== 'COMMENT') return false
  const { comment, range } = node as Comment
  if (!/^[#!]---[ \t\f]*$/.test(comment) || range === undefined) return false
  const mark = comment.charAt(0)
  const before = source.slice(0, range[0])
  const after = source.slice(range[0]).replace(/^[^\r\n]*(\r\n?|\n)?/, '')
  const lineBefore = before.replace(/(\r\n?|\n)$/, '').match(/[^\r\n]*$/)?.[0] ?? ''
  return !/[^\r\n]$/.test(before) && !lineBefore.startsWith(mark) && !after.startsWith(mark)
}

function isPair(node: Node): node is Pair {
  return node.type === 'PAIR'
}
