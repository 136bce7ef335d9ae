import { filterErrors } from '../errors.ts'
import { KEYWORDS, type Keyword, SIGNS, type Token } from './token.ts'

const KEYWORD_SET: ReadonlySet<string> = new Set(KEYWORDS)

const BLANKS = /[ \t\n\r\f]+/y
/** A line comment is one only if its line ends: at the end of the text two minus signs are two signs. */
const LINE_COMMENT = /--[^\n\r]*(?:\r\n|\n|\r)/y
const IDENTIFIER = /[a-z_$][a-z0-9_$]*/iy
const FLOAT = /(?:[0-9]+\.[0-9]*(?:e[+-]?[0-9]+)?|\.[0-9]+(?:e[+-]?[0-9]+)?|[0-9]+e[+-]?[0-9]+)/iy
/** A leading zero is a number of its own: `007` is three tokens, and the filter ends before the second. */
const INTEGER = /(?:0|[1-9][0-9]*l?)/iy

/**
 * Cuts an expression into tokens, one at a time, so that what stands behind the end of the filter is never looked at.
 * Apache: `SelectorParser.jj` (5.3.3).
 */
export class Lexer {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  /** @throws RMQ_FILTER_SYNTAX  no token begins there */
  next(): Token {
    this.#skip()
    const at = this.#at
    if (at >= this.#text.length) return { kind: 'end', text: '', at }
    const word = this.#take(IDENTIFIER)
    if (word !== undefined) {
      const upper = word.toUpperCase()
      return { kind: KEYWORD_SET.has(upper) ? (upper as Keyword) : 'identifier', text: word, at }
    }
    const float = this.#take(FLOAT)
    if (float !== undefined) return { kind: 'float', text: float, at }
    const integer = this.#take(INTEGER)
    if (integer !== undefined) return { kind: 'integer', text: integer, at }
    if (this.#text[at] === "'") return this.#string(at)
    const sign = SIGNS.find((one) => this.#text.startsWith(one, at))
    if (sign === undefined) {
      throw this.fault(
        at,
        `the character "${String.fromCodePoint(this.#text.codePointAt(at) ?? 0)}" means nothing here.`,
      )
    }
    this.#at += sign.length
    return { kind: sign, text: sign, at }
  }

  /** The error for a place in the expression. */
  fault(at: number, reason: string): Error {
    const before = this.#text.slice(0, at).split(/\r\n|\n|\r/)
    const column = (before.at(-1)?.length ?? 0) + 1
    return filterErrors.RMQ_FILTER_SYNTAX({ expression: this.#text, line: before.length, column, reason })
  }

  #skip(): void {
    for (;;) {
      if (this.#take(BLANKS) !== undefined || this.#take(LINE_COMMENT) !== undefined) continue
      if (!this.#text.startsWith('/*', this.#at)) return
      const end = this.#text.indexOf('*/', this.#at + 2)
      if (end === -1) throw this.fault(this.#at, 'the comment has no end; close it with "*/".')
      this.#at = end + 2
    }
  }

  /**
   * Two quotes are one that does not end the string, unless no other quote comes: the longest text that is a string
   * counts, and then that is the one up to the first quote of the last pair.
   */
  #string(start: number): Token {
    let value = ''
    let from = start + 1
    for (;;) {
      const quote = this.#text.indexOf("'", from)
      if (quote === -1) {
        if (from === start + 1) throw this.fault(start, 'the string has no end; close it with a single quote.')
        this.#at = from - 1
        return { kind: 'string', text: value.slice(0, -1), at: start }
      }
      value += this.#text.slice(from, quote)
      from = quote + 2
      if (this.#text[quote + 1] !== "'") {
        this.#at = quote + 1
        return { kind: 'string', text: value, at: start }
      }
      value += "'"
    }
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    if (found !== undefined) this.#at += found.length
    return found
  }
}
