// Hot path: decides about every record that a filtered pull looks at.
import { RecordProperties } from '../record-properties.ts'
import { type Condition, compile, TRUTH, type Truth } from './compile.ts'
import { parseSql } from './parser.ts'

/**
 * What a filter says of a message. Only `true` is wanted; `failed`: a property was not the number it was compared with.
 */
export type SqlResult = 'true' | 'false' | 'unknown' | 'failed'

/** Whether the stored record of `size` bytes at `at` is wanted. */
export type RecordFilter = (bytes: Buffer, at: number, size: number) => boolean

const RESULTS: readonly SqlResult[] = ['false', 'true', 'unknown', 'failed'] satisfies Record<Truth, SqlResult>

/** A compiled SQL92 filter. Apache: `SqlFilter`, `ExpressionMessageFilter` (5.3.3). */
export class SqlFilter {
  readonly expression: string
  /** Whether a stored record is wanted; a function of its own, so that it can be handed on. */
  readonly matchesRecord: RecordFilter
  readonly #condition: Condition
  readonly #names: readonly string[]

  /** @throws RMQ_FILTER_SYNTAX  the message has line and column */
  constructor(expression: string) {
    this.expression = expression
    const indexes = new Map<string, number>()
    this.#condition = compile(parseSql(expression), (name) => {
      const index = indexes.get(name) ?? indexes.size
      indexes.set(name, index)
      return index
    })
    this.#names = [...indexes.keys()]
    const [condition, record] = [this.#condition, new RecordProperties(this.#names)]
    this.matchesRecord = (bytes, at, size) => condition(record.read(bytes, at, size)) === TRUTH.true
  }

  /** What it says of a message with these properties. */
  evaluate(properties: Readonly<Record<string, string>>): SqlResult {
    const values = this.#names.map((name) => (Object.hasOwn(properties, name) ? properties[name] : undefined))
    return RESULTS[this.#condition(values)] as SqlResult
  }
}
