/** A piece of an expression; `at` counts from 0. */
export interface Token {
  readonly kind: 'text' | 'number' | 'name' | 'mark' | 'end'
  readonly text: string
  readonly at: number
}

/** Ends the reading of an expression: says where it went wrong, counting from 0, and why. */
export type Fail = (at: number, reason: string) => never

const SPACE = /\s+/y
const NUMBER = /\d+(?:\.\d+)?/y
const NAME = /[A-Za-z_$][\w$]*/y
const TEXT = /'((?:[^']|'')*)'|"((?:[^"]|"")*)"/y
const MARK = /&&|\|\||==|!=|<=|>=|\?:|\?\.|[()[\]{}.,?:!<>+\-*/%#]/y

/**
 * Divides an expression into tokens; fails at the first character that belongs to none.
 */
export function tokenize(source: string, fail: Fail): readonly Token[] {
  const tokens: Token[] = []
  let at = 0
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    return pattern.exec(source)
  }
  while (at < source.length) {
    const space = match(SPACE)
    if (space !== null) {
      at += space[0].length
      continue
    }
    const number = match(NUMBER)
    const name = match(NAME)
    const text = match(TEXT)
    const mark = match(MARK)
    const found = number ?? name ?? text ?? mark
    if (found === null) return fail(at, unexpected(source.charAt(at)))
    const kind = number ? 'number' : name ? 'name' : text ? 'text' : 'mark'
    tokens.push({ kind, text: text ? unquoted(text) : found[0], at })
    at += found[0].length
  }
  tokens.push({ kind: 'end', text: '', at })
  return tokens
}

/** A doubled quote inside stands for one. */
function unquoted(match: RegExpExecArray): string {
  return match[1] !== undefined ? match[1].replaceAll("''", "'") : (match[2] ?? '').replaceAll('""', '"')
}

function unexpected(character: string): string {
  if (character === "'" || character === '"') return 'this quote has no end'
  if (character === '=') return 'write == to compare'
  return `"${character}" is not understood`
}
