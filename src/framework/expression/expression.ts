import { frameworkErrors } from '../errors.ts'
import { isTrue } from './operations.ts'
import { compile } from './parser.ts'

/** What an expression over a message sees; `payload` is asked for only when it is used. */
export interface MessageView {
  readonly headers: Readonly<Record<string, unknown>>
  readonly payload: () => unknown
}

/** Longest expression. */
const EXPRESSION_LENGTH_MAX = 4_096

/**
 * Compiles a condition over `headers` and `payload`: the part of Spring's expression language that binder.md 4.2 lists.
 * Java's error of an unknown method or property comes at the first message; ours at start.
 *
 * @param where  who has the expression, for the error
 * @throws RMQ_EXPRESSION  it cannot be read; names the column
 */
export function compileCondition(source: string, where: string): (message: MessageView) => boolean {
  const evaluate = compileValue(source, where)
  return (message) => isTrue(evaluate(message))
}

/**
 * Compiles an expression over a message that gives a value, such as a partition key.
 * @throws RMQ_EXPRESSION  it cannot be read; names the column
 */
export function compileValue(source: string, where: string): (message: MessageView) => unknown {
  const evaluate = compiled(source, where, new Set(['headers', 'payload']))
  return (message) => evaluate({ get: (name) => (name === 'headers' ? message.headers : message.payload()) })
}

/**
 * Compiles an expression over one value, such as a partition selector: `hashCode() % 4`, `#root % 4`.
 * @throws RMQ_EXPRESSION  it cannot be read; names the column
 */
export function compileOverValue(source: string, where: string): (value: unknown) => unknown {
  const evaluate = compiled(source, where, new Set(['root']))
  return (value) => evaluate({ get: () => value })
}

function compiled(source: string, where: string, names: ReadonlySet<string>): ReturnType<typeof compile> {
  const fail = (at: number, reason: string): never => {
    throw frameworkErrors.RMQ_EXPRESSION({ expression: source, column: at + 1, reason, where })
  }
  if (source.length > EXPRESSION_LENGTH_MAX) fail(0, `it is longer than ${EXPRESSION_LENGTH_MAX} characters`)
  return compile(source, names, fail)
}
