import { type Fail, type Token, tokenize } from './lexer.ts'
import { compare, isEqual, isTrue, METHODS, matches, PATTERN_LENGTH_MAX, propertyOf } from './operations.ts'

/** Names and values an expression can see; `root` stands for all of it. */
export interface Scope {
  /** The value of a name; only names in `names` are asked for. */
  readonly get: (name: string) => unknown
}

/** A compiled expression. */
export type Evaluate = (scope: Scope) => unknown

/** How deep an expression may nest. */
const DEPTH_MAX = 64

/** Binding strength; the greater binds tighter. */
const STRENGTH: Readonly<Record<string, number>> = {
  '?': 1,
  '?:': 1,
  '||': 2,
  or: 2,
  '&&': 3,
  and: 3,
  '==': 4,
  '!=': 4,
  eq: 4,
  ne: 4,
  '<': 5,
  '<=': 5,
  '>': 5,
  '>=': 5,
  lt: 5,
  le: 5,
  gt: 5,
  ge: 5,
  matches: 5,
  '+': 6,
  '-': 6,
  '*': 7,
  '/': 7,
  '%': 7,
}
const PREFIX_STRENGTH = 8

/**
 * Compiles an expression into closures by operator precedence (Pratt). No code is generated, nothing inherited is
 * reached. What cannot be read goes to `fail`, with its position.
 */
export function compile(source: string, names: ReadonlySet<string>, fail: Fail): Evaluate {
  const parser = new Parser(tokenize(source, fail), names, fail)
  const result = parser.expression(0)
  parser.expectEnd()
  return result
}

class Parser {
  readonly #tokens: readonly Token[]
  readonly #names: ReadonlySet<string>
  readonly #fail: Fail
  #at = 0
  #depth = 0

  constructor(tokens: readonly Token[], names: ReadonlySet<string>, fail: Fail) {
    this.#fail = fail
    this.#tokens = tokens
    this.#names = names
  }

  expectEnd(): void {
    const token = this.#peek()
    if (token.kind !== 'end') this.#fail(token.at, `"${token.text}" is not expected here`)
  }

  expression(strength: number): Evaluate {
    if (++this.#depth > DEPTH_MAX) this.#fail(this.#peek().at, `it is nested deeper than ${DEPTH_MAX}`)
    let left = this.#suffixes(this.#prefix())
    for (;;) {
      const token = this.#peek()
      const own = token.kind === 'mark' || token.kind === 'name' ? STRENGTH[token.text] : undefined
      if (own === undefined || own <= strength) break
      this.#next()
      left = this.#infix(left, token, own)
    }
    this.#depth--
    return left
  }

  #prefix(): Evaluate {
    const token = this.#next()
    if (token.kind === 'text') return () => token.text
    if (token.kind === 'number') return () => Number(token.text)
    if (token.kind === 'name') return this.#name(token)
    if (token.text === '(') {
      const inner = this.expression(0)
      this.#expect(')')
      return inner
    }
    if (token.text === '{') return this.#list('}')
    if (token.text === '!') return this.#not()
    if (token.text === '-') {
      const operand = this.expression(PREFIX_STRENGTH)
      return (scope) => -Number(operand(scope))
    }
    if (token.text === '#' && this.#peek().text === 'root') {
      this.#next()
      return (scope) => scope.get('root')
    }
    this.#fail(token.at, token.kind === 'end' ? 'something is missing' : `"${token.text}" is not expected here`)
  }

  #name(token: Token): Evaluate {
    const constants: Readonly<Record<string, unknown>> = { true: true, false: false, null: undefined }
    if (Object.hasOwn(constants, token.text)) {
      const constant = constants[token.text]
      return () => constant
    }
    if (token.text === 'not') return this.#not()
    if (token.text === 'T' && this.#peek().text === '(') return this.#javaList(token)
    if (this.#names.has(token.text)) return (scope) => scope.get(token.text)
    if (this.#names.has('root') && this.#peek().text === '(') return this.#call((scope) => scope.get('root'), token)
    const known = [...this.#names].filter((name) => name !== 'root').join(', ')
    this.#fail(token.at, `"${token.text}" is not known here${known === '' ? '' : `; there is ${known}`}`)
  }

  #not(): Evaluate {
    const operand = this.expression(PREFIX_STRENGTH)
    return (scope) => !isTrue(operand(scope))
  }

  /** `T(java.util.Arrays).asList('a','b')` is a list; no other class can be named. */
  #javaList(token: Token): Evaluate {
    for (const part of ['(', 'java', '.', 'util', '.', 'Arrays', ')', '.', 'asList', '(']) {
      if (this.#next().text !== part) this.#fail(token.at, 'of T(…) only T(java.util.Arrays).asList(…) is understood')
    }
    return this.#list(')')
  }

  #list(end: string): Evaluate {
    const items = this.#items(end)
    return (scope) => items.map((item) => item(scope))
  }

  #items(end: string): readonly Evaluate[] {
    const items: Evaluate[] = []
    while (this.#peek().text !== end || this.#peek().kind !== 'mark') {
      if (items.length > 0) this.#expect(',')
      items.push(this.expression(0))
    }
    this.#expect(end)
    return items
  }

  #suffixes(start: Evaluate): Evaluate {
    let target = start
    for (;;) {
      const token = this.#peek()
      if (token.kind !== 'mark') return target
      if (token.text === '.' || token.text === '?.') {
        this.#next()
        target = this.#member(target)
      } else if (token.text === '[') {
        this.#next()
        const [object, key] = [target, this.expression(0)]
        this.#expect(']')
        target = (scope) => propertyOf(object(scope), key(scope))
      } else return target
    }
  }

  #member(target: Evaluate): Evaluate {
    const name = this.#next()
    if (name.kind !== 'name') this.#fail(name.at, 'a name is missing after the dot')
    return this.#peek().text === '(' ? this.#call(target, name) : (scope) => propertyOf(target(scope), name.text)
  }

  #call(target: Evaluate, name: Token): Evaluate {
    const method = Object.hasOwn(METHODS, name.text) ? METHODS[name.text] : undefined
    if (method === undefined)
      this.#fail(name.at, `there is no method "${name.text}"; there are ${Object.keys(METHODS).join(', ')}`)
    this.#expect('(')
    const args = this.#items(')')
    if (args.length !== method.arity) this.#fail(name.at, `${name.text} takes ${method.arity} arguments`)
    return (scope) => method.call(target(scope), ...args.map((argument) => argument(scope)))
  }

  #infix(left: Evaluate, operator: Token, strength: number): Evaluate {
    if (operator.text === '?') {
      const whenTrue = this.expression(0)
      this.#expect(':')
      const whenFalse = this.expression(strength - 1)
      return (scope) => (isTrue(left(scope)) ? whenTrue(scope) : whenFalse(scope))
    }
    if (operator.text === 'matches') return this.#matches(left)
    const right = this.expression(strength)
    return binary(operator.text, left, right)
  }

  /** The pattern is a literal, so that it is checked at start and cannot come from a message. */
  #matches(left: Evaluate): Evaluate {
    const token = this.#next()
    if (token.kind !== 'text') this.#fail(token.at, 'matches takes a pattern in quotes')
    if (token.text.length > PATTERN_LENGTH_MAX)
      this.#fail(token.at, `the pattern is longer than ${PATTERN_LENGTH_MAX} characters`)
    let pattern: RegExp
    try {
      pattern = new RegExp(`^(?:${token.text})$`, 'su')
    } catch {
      this.#fail(token.at, 'this is not a regular expression')
    }
    return (scope) => matches(left(scope), pattern)
  }

  #peek(): Token {
    return this.#tokens[Math.min(this.#at, this.#tokens.length - 1)] as Token
  }

  #next(): Token {
    const token = this.#peek()
    this.#at++
    return token
  }

  #expect(text: string): void {
    const token = this.#next()
    if (token.text !== text || token.kind !== 'mark') this.#fail(token.at, `"${text}" is missing`)
  }
}

function binary(operator: string, left: Evaluate, right: Evaluate): Evaluate {
  const ordered =
    (test: (order: number) => boolean): Evaluate =>
    (scope) => {
      const order = compare(left(scope), right(scope))
      return order !== undefined && test(order)
    }
  const arithmetic =
    (apply: (first: number, second: number) => number): Evaluate =>
    (scope) =>
      apply(Number(left(scope)), Number(right(scope)))
  const table: Readonly<Record<string, Evaluate>> = {
    '||': (scope) => isTrue(left(scope)) || isTrue(right(scope)),
    '&&': (scope) => isTrue(left(scope)) && isTrue(right(scope)),
    '==': (scope) => isEqual(left(scope), right(scope)),
    '!=': (scope) => !isEqual(left(scope), right(scope)),
    '<': ordered((order) => order < 0),
    '<=': ordered((order) => order <= 0),
    '>': ordered((order) => order > 0),
    '>=': ordered((order) => order >= 0),
    '?:': (scope) => orElse(left(scope), right, scope),
    '+': (scope) => plus(left(scope), right(scope)),
    '-': arithmetic((first, second) => first - second),
    '*': arithmetic((first, second) => first * second),
    '/': arithmetic((first, second) => first / second),
    '%': arithmetic((first, second) => first % second),
  }
  const words: Readonly<Record<string, string>> = {
    or: '||',
    and: '&&',
    eq: '==',
    ne: '!=',
    lt: '<',
    le: '<=',
    gt: '>',
    ge: '>=',
  }
  return table[words[operator] ?? operator] as Evaluate
}

function orElse(value: unknown, fallback: Evaluate, scope: Scope): unknown {
  return value === undefined || value === null || value === '' ? fallback(scope) : value
}

function plus(left: unknown, right: unknown): unknown {
  return typeof left === 'number' && typeof right === 'number' ? left + right : `${left ?? ''}${right ?? ''}`
}
