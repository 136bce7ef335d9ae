import { compareDoubles, compareLongs, readLong, type SqlNumber } from './java-numbers.ts'
import { Lexer } from './lexer.ts'
import { type Comparison, isCondition, isLiteral, type SqlNode, type TextTest } from './syntax.ts'
import type { Token, TokenKind } from './token.ts'

/** Longest expression, in characters. */
const EXPRESSION_CHARS_MAX = 65_536
/** Parentheses and signs within each other. */
const NESTING_MAX = 250
/** Comparisons of comparisons, as the second in `a = b = c`, in the whole expression. */
const CHAIN_MAX = 1000

const INT_MAX = 2_147_483_647
const TEXT_TESTS: ReadonlySet<TokenKind> = new Set<TokenKind>(['CONTAINS', 'STARTSWITH', 'ENDSWITH'])
const NEGATABLE: ReadonlySet<TokenKind> = new Set<TokenKind>([...TEXT_TESTS, 'BETWEEN', 'IN'])
const ORDERINGS: ReadonlySet<TokenKind> = new Set<TokenKind>(['>', '>=', '<', '<='])

/**
 * Reads an expression with the grammar and all peculiarities of `SelectorParser` (5.3.3): NOT and signs bind closer
 * than comparisons; the longest beginning that makes sense is the filter, and what follows is ignored.
 * @throws RMQ_FILTER_SYNTAX
 */
export function parseSql(expression: string): SqlNode {
  const lexer = new Lexer(expression)
  if (expression.length > EXPRESSION_CHARS_MAX) {
    throw lexer.fault(
      EXPRESSION_CHARS_MAX,
      `it is longer than ${EXPRESSION_CHARS_MAX} characters; use fewer conditions.`,
    )
  }
  return new Parser(lexer).filter()
}

class Parser {
  readonly #lexer: Lexer
  #ahead: Token | undefined
  #nesting = 0
  #chained = 0

  constructor(lexer: Lexer) {
    this.#lexer = lexer
  }

  filter(): SqlNode {
    const start = this.#peek().at
    return this.#condition(this.#or(), start)
  }

  #or(): SqlNode {
    return this.#logic('OR', 'or', () => this.#logic('AND', 'and', () => this.#equality()))
  }

  #logic(word: 'OR' | 'AND', kind: 'or' | 'and', operand: () => SqlNode): SqlNode {
    let start = this.#peek().at
    const first = operand()
    if (this.#peek().kind !== word) return first
    const operands = [this.#condition(first, start)]
    while (this.#takeIf(word)) {
      start = this.#peek().at
      operands.push(this.#condition(operand(), start))
    }
    return { kind, operands }
  }

  #equality(): SqlNode {
    const start = this.#peek().at
    let left = this.#comparison()
    for (let chained = 0; ; chained++) {
      const sign = this.#peek()
      if (sign.kind === '=' || sign.kind === '<>') {
        this.#take()
        const rightAt = this.#peek().at
        const right = this.#comparison()
        this.#checkEquality(left, start, right, rightAt)
        const equal: SqlNode = { kind: 'compare', operator: '=', left, right }
        left = sign.kind === '=' ? equal : { kind: 'not', operand: equal }
      } else if (sign.kind === 'IS') {
        this.#take()
        const negated = this.#takeIf('NOT')
        this.#expect('NULL', negated ? '"NULL" behind "IS NOT"' : '"NULL" or "NOT NULL" behind "IS"')
        const isNull: SqlNode = { kind: 'is-null', operand: left }
        left = negated ? { kind: 'not', operand: isNull } : isNull
      } else return left
      if (chained > 0) this.#chain(sign.at)
    }
  }

  #comparison(): SqlNode {
    const start = this.#peek().at
    let left = this.#unary()
    for (let chained = 0; ; chained++) {
      const { kind, at } = this.#peek()
      if (ORDERINGS.has(kind)) {
        this.#take()
        const rightAt = this.#peek().at
        const right = this.#unary()
        left = this.#ordering(kind as Comparison, left, start, right, rightAt)
      } else if (kind === 'NOT') {
        this.#take()
        const next = this.#peek()
        if (!NEGATABLE.has(next.kind)) {
          throw this.#unexpected(next, '"IN", "BETWEEN", "CONTAINS", "STARTSWITH" or "ENDSWITH" behind "NOT"')
        }
        left = this.#predicate(left, start, true)
      } else if (NEGATABLE.has(kind)) left = this.#predicate(left, start, false)
      else return left
      if (chained > 0) this.#chain(at)
    }
  }

  #predicate(left: SqlNode, start: number, negated: boolean): SqlNode {
    const { kind } = this.#take()
    if (kind === 'BETWEEN') return this.#between(left, start, negated)
    if (kind === 'IN') return this.#in(left, start, negated)
    const search = this.#expect('string', `a string in single quotes behind "${kind}"`).text
    return { kind: 'text', test: kind as TextTest, operand: left, search, negated }
  }

  #between(left: SqlNode, start: number, negated: boolean): SqlNode {
    const lowAt = this.#peek().at
    const low = this.#unary()
    this.#expect('AND', '"AND" between the two limits of "BETWEEN"')
    const highAt = this.#peek().at
    const high = this.#unary()
    if (negated) {
      const below = this.#ordering('<', left, start, low, lowAt)
      return { kind: 'or', operands: [below, this.#ordering('>', left, start, high, highAt)] }
    }
    if (low.kind === 'number' && high.kind === 'number' && compareNumbers(low.number, high.number) > 0) {
      throw this.#lexer.fault(lowAt, 'the first limit of "BETWEEN" is above the second; exchange them.')
    }
    const above = this.#ordering('>=', left, start, low, lowAt)
    return { kind: 'and', operands: [above, this.#ordering('<=', left, start, high, highAt)] }
  }

  #in(left: SqlNode, start: number, negated: boolean): SqlNode {
    this.#expect('(', '"(" behind "IN"')
    const values: string[] = []
    do values.push(this.#expect('string', 'a string in single quotes; "IN" takes nothing else').text)
    while (this.#takeIf(','))
    this.#expect(')', '"," or ")" in the list of "IN"')
    if (left.kind !== 'property') {
      throw this.#lexer.fault(start, 'the left side of "IN" must be the name of a property; write NOT behind it.')
    }
    return { kind: 'in', name: left.name, values, negated }
  }

  #unary(): SqlNode {
    const { kind, at } = this.#peek()
    if (kind !== '+' && kind !== '-' && kind !== 'NOT') return this.#primary()
    this.#take()
    this.#enter(at)
    const operandAt = this.#peek().at
    const operand = this.#unary()
    this.#nesting--
    if (kind === '+') return operand
    if (kind === '-') return { kind: 'negate', operand }
    return { kind: 'not', operand: this.#condition(operand, operandAt) }
  }

  #primary(): SqlNode {
    const token = this.#take()
    switch (token.kind) {
      case 'string':
        return { kind: 'string', value: token.text }
      case 'integer':
        return { kind: 'number', number: this.#integer(token) }
      case 'float':
        return { kind: 'number', number: this.#float(token) }
      case 'TRUE':
      case 'FALSE':
        return { kind: 'boolean', value: token.kind === 'TRUE' }
      case 'NULL':
        return { kind: 'null' }
      case 'identifier':
        return { kind: 'property', name: token.text }
      case '(': {
        this.#enter(token.at)
        const inner = this.#or()
        this.#expect(')', 'an operator or ")"')
        this.#nesting--
        return inner
      }
      default:
        throw this.#unexpected(token, 'a property, a value or "("')
    }
  }

  #integer({ text, at }: Token): SqlNumber {
    const value = readLong(text.replace(/l$/i, ''))
    if (value === undefined) throw this.#lexer.fault(at, `${text} is beyond the largest long, 9223372036854775807.`)
    return { type: value <= INT_MAX ? 'int' : 'long', value }
  }

  #float({ text, at }: Token): SqlNumber {
    const value = Number(text)
    if (value === 0) throw this.#lexer.fault(at, `${text} is not above 0; write 0 without a point.`)
    if (value === Number.POSITIVE_INFINITY) throw this.#lexer.fault(at, `${text} is beyond the largest double.`)
    return { type: 'double', value }
  }

  #ordering(operator: Comparison, left: SqlNode, leftAt: number, right: SqlNode, rightAt: number): SqlNode {
    this.#checkOrdered(left, leftAt, operator)
    this.#checkOrdered(right, rightAt, operator)
    return { kind: 'compare', operator, left, right }
  }

  #checkOrdered(node: SqlNode, at: number, operator: Comparison): void {
    if (node.kind === 'number' || (!isLiteral(node) && !isCondition(node))) return
    const what = isLiteral(node) ? 'this value' : 'a condition'
    throw this.#lexer.fault(at, `${what} cannot be compared by "${operator}"; compare a property with a number.`)
  }

  #checkEquality(left: SqlNode, leftAt: number, right: SqlNode, rightAt: number): void {
    if (left.kind === 'null' || right.kind === 'null') {
      const at = left.kind === 'null' ? leftAt : rightAt
      throw this.#lexer.fault(at, 'NULL cannot be compared by "="; write IS NULL or IS NOT NULL.')
    }
    if (left.kind !== 'boolean' || right.kind === 'boolean' || !isLiteral(right)) return
    throw this.#lexer.fault(leftAt, 'TRUE and FALSE cannot be compared with a value of another kind.')
  }

  /** A property alone is one, too; that is never true, since properties are texts. */
  #condition(node: SqlNode, at: number): SqlNode {
    if (isCondition(node) || node.kind === 'property') return node
    throw this.#lexer.fault(at, 'this is a value; a condition such as price > 10 is needed.')
  }

  #enter(at: number): void {
    this.#nesting++
    if (this.#nesting > NESTING_MAX) throw this.#lexer.fault(at, `it is nested more than ${NESTING_MAX} deep.`)
  }

  #chain(at: number): void {
    this.#chained++
    if (this.#chained > CHAIN_MAX)
      throw this.#lexer.fault(at, `more than ${CHAIN_MAX} comparisons follow each other without AND or OR.`)
  }

  #peek(): Token {
    this.#ahead ??= this.#lexer.next()
    return this.#ahead
  }

  #take(): Token {
    const token = this.#peek()
    this.#ahead = undefined
    return token
  }

  #takeIf(kind: TokenKind): boolean {
    if (this.#peek().kind !== kind) return false
    this.#ahead = undefined
    return true
  }

  #expect(kind: TokenKind, wanted: string): Token {
    const token = this.#take()
    if (token.kind !== kind) throw this.#unexpected(token, wanted)
    return token
  }

  #unexpected({ kind, text, at }: Token, wanted: string): Error {
    const found = kind === 'end' ? 'the filter ends' : kind === 'string' ? 'there is a string' : `there is "${text}"`
    return this.#lexer.fault(at, `${found}, but ${wanted} is needed.`)
  }
}

function compareNumbers(left: SqlNumber, right: SqlNumber): number {
  const isDouble = left.type === 'double' || right.type === 'double'
  return isDouble ? compareDoubles(Number(left.value), Number(right.value)) : compareLongs(left.value, right.value)
}
