// Hot path: what is made here runs for every message that a filtered consumer could get.
import { compareDoubles, compareLongs, readDouble, readInt, readLong, type SqlNumber } from './java-numbers.ts'
import type { Comparison, SqlNode, TextTest } from './syntax.ts'

/** What a condition comes to. `failed`: something could not be compared, which ends the evaluation. */
export const TRUTH = { false: 0, true: 1, unknown: 2, failed: 3 } as const

/** One of {@link TRUTH}; a number, so that nothing is allocated and nothing thrown per message. */
export type Truth = (typeof TRUTH)[keyof typeof TRUTH]

/** Values of the properties that the filter names, by the index that each name has; `undefined`: absent. */
export type Values = readonly (string | undefined)[]

/** One condition, compiled. */
export type Condition = (values: Values) => Truth

/** What an operand comes to; `undefined`: NULL. A condition that failed is `null`. */
type Value = string | boolean | SqlNumber | undefined | null
type Read = (values: Values) => Value

const { false: FALSE, true: TRUE, unknown: UNKNOWN, failed: FAILED } = TRUTH

/**
 * Compiles a filter; `indexOf` gives each property name its place among the values. Apache: `ComparisonExpression`,
 * `LogicExpression`, `UnaryExpression` (5.3.3), with states where those throw.
 */
export function compile(node: SqlNode, indexOf: (name: string) => number): Condition {
  const condition = (inner: SqlNode): Condition => compile(inner, indexOf)
  switch (node.kind) {
    case 'and':
      return all(node.operands.map(condition))
    case 'or':
      return any(node.operands.map(condition))
    case 'not':
      return not(condition(node.operand))
    case 'in':
      return isIn(indexOf(node.name), new Set(node.values), node.negated)
    case 'text':
      return textTest(node.test, reader(node.operand, indexOf), node.search, node.negated)
    case 'is-null':
      return isNull(reader(node.operand, indexOf))
    case 'compare':
      return node.operator === '='
        ? equality(node.left, node.right, indexOf)
        : ordering(node.operator, node.left, node.right, indexOf)
    case 'boolean': {
      const constant = node.value ? TRUE : FALSE
      return () => constant
    }
    case 'null':
      return () => UNKNOWN
    default:
      return bare(reader(node, indexOf))
  }
}

function all(conditions: readonly Condition[]): Condition {
  return (values) => {
    let isUnknown = false
    for (const condition of conditions) {
      const truth = condition(values)
      if (truth === FALSE || truth === FAILED) return truth
      if (truth === UNKNOWN) isUnknown = true
    }
    return isUnknown ? UNKNOWN : TRUE
  }
}

function any(conditions: readonly Condition[]): Condition {
  return (values) => {
    let isUnknown = false
    for (const condition of conditions) {
      const truth = condition(values)
      if (truth === TRUE || truth === FAILED) return truth
      if (truth === UNKNOWN) isUnknown = true
    }
    return isUnknown ? UNKNOWN : FALSE
  }
}

function not(condition: Condition): Condition {
  return (values) => {
    const truth = condition(values)
    return truth === TRUE ? FALSE : truth === FALSE ? TRUE : truth
  }
}

/** A property as a condition: a text is not TRUE. */
function bare(read: Read): Condition {
  return (values) => (read(values) === undefined ? UNKNOWN : FALSE)
}

function isIn(index: number, wanted: ReadonlySet<string>, negated: boolean): Condition {
  return (values) => {
    const value = values[index]
    if (value === undefined) return UNKNOWN
    return wanted.has(value) === negated ? FALSE : TRUE
  }
}

const FINDS: Readonly<Record<TextTest, (text: string, search: string) => boolean>> = {
  CONTAINS: (text, search) => text.includes(search),
  STARTSWITH: (text, search) => text.startsWith(search),
  ENDSWITH: (text, search) => text.endsWith(search),
}

/** What is no text is FALSE, for the negated form as well; an empty search, too. */
function textTest(test: TextTest, read: Read, search: string, negated: boolean): Condition {
  if (search === '') return () => FALSE
  const finds = FINDS[test]
  return (values) => {
    const value = read(values)
    if (value === null) return FAILED
    return typeof value === 'string' && finds(value, search) !== negated ? TRUE : FALSE
  }
}

function isNull(read: Read): Condition {
  return (values) => {
    const value = read(values)
    return value === null ? FAILED : value === undefined ? TRUE : FALSE
  }
}

/** Two NULLs are equal; NULL on the left is unknown, on the right only unequal. */
function equality(left: SqlNode, right: SqlNode, indexOf: (name: string) => number): Condition {
  if (left.kind === 'property' && right.kind === 'string') return equalsText(indexOf(left.name), right.value)
  const [readLeft, readRight] = [reader(left, indexOf), reader(right, indexOf)]
  return (values) => {
    const one = readLeft(values)
    if (one === null) return FAILED
    const other = readRight(values)
    if (other === null) return FAILED
    if (one === undefined) return other === undefined ? TRUE : UNKNOWN
    if (other === undefined) return FALSE
    const order = compare(one, other)
    return order === undefined ? FAILED : order === 0 ? TRUE : FALSE
  }
}

/** The comparison that most filters are made of. */
function equalsText(index: number, wanted: string): Condition {
  return (values) => {
    const value = values[index]
    return value === undefined ? UNKNOWN : value === wanted ? TRUE : FALSE
  }
}

const HOLDS: Readonly<Record<Exclude<Comparison, '='>, (order: number) => boolean>> = {
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
}

/** Numbers only: two texts are both read as doubles. */
function ordering(
  operator: Exclude<Comparison, '='>,
  left: SqlNode,
  right: SqlNode,
  indexOf: (name: string) => number,
): Condition {
  const holds = HOLDS[operator]
  const [readLeft, readRight] = [reader(left, indexOf), reader(right, indexOf)]
  return (values) => {
    const one = readLeft(values)
    if (one === null) return FAILED
    if (one === undefined) return UNKNOWN
    const other = readRight(values)
    if (other === null) return FAILED
    if (other === undefined) return UNKNOWN
    const areTexts = typeof one === 'string' && typeof other === 'string'
    const order = areTexts ? compareTexts(one, other) : compare(one, other)
    return order === undefined ? FAILED : holds(order) ? TRUE : FALSE
  }
}

function compareTexts(left: string, right: string): number | undefined {
  const one = readDouble(left)
  const other = one === undefined ? undefined : readDouble(right)
  return one === undefined || other === undefined ? undefined : compareDoubles(one, other)
}

/**
 * Negative, zero or positive; `undefined` when the two cannot be compared. Apache: `ComparisonExpression.__compare`.
 */
function compare(left: string | boolean | SqlNumber, right: string | boolean | SqlNumber): number | undefined {
  if (typeof left === 'string') {
    if (typeof right === 'string') return left === right ? 0 : 1
    if (typeof right === 'boolean') return (left.toLowerCase() === 'true') === right ? 0 : 1
    return compareTextWith(left, right)
  }
  if (typeof left === 'boolean') {
    if (typeof right === 'boolean') return left === right ? 0 : 1
    // A text on the right is not read as a boolean, only one on the left is.
    return typeof right === 'string' ? undefined : -1
  }
  if (typeof right === 'boolean') return -1
  if (typeof right === 'string') {
    const order = compareTextWith(right, left)
    return order === undefined ? undefined : -order
  }
  if (left.type !== 'double' && right.type !== 'double') return compareLongs(left.value, right.value)
  return compareDoubles(Number(left.value), Number(right.value))
}

/** The number's type decides how the text is read. */
function compareTextWith(text: string, { type, value }: SqlNumber): number | undefined {
  if (type === 'double') {
    const read = readDouble(text)
    return read === undefined ? undefined : compareDoubles(read, Number(value))
  }
  const read = type === 'int' ? readInt(text) : readLong(text)
  return read === undefined ? undefined : compareLongs(read, value)
}

const VALUE_OF: readonly Value[] = [false, true, undefined, null]

function reader(node: SqlNode, indexOf: (name: string) => number): Read {
  switch (node.kind) {
    case 'property': {
      const index = indexOf(node.name)
      return (values) => values[index]
    }
    case 'string': {
      const { value } = node
      return () => value
    }
    case 'number': {
      const { number } = node
      return () => number
    }
    case 'negate':
      return negation(reader(node.operand, indexOf))
    default: {
      const condition = compile(node, indexOf)
      return (values) => VALUE_OF[condition(values)]
    }
  }
}

/** Only numbers have an opposite; properties are texts. */
function negation(read: Read): Read {
  // A number never depends on a message, so its opposite is made here.
  const constant = read([])
  if (typeof constant === 'object' && constant !== null) {
    const opposite: SqlNumber = { type: constant.type, value: negated(constant.value) }
    return () => opposite
  }
  return (values) => (read(values) === null ? null : undefined)
}

/** Zero stays zero: integers have no other. */
function negated(value: number | bigint): number | bigint {
  return typeof value === 'bigint' ? -value : 0 - value
}
