// Hot path: decides about every record that a filtered pull looks at.
import { RecordProperties } from '../record-properties.ts'
import { type Condition, compile, TRUTH, type Truth } from './compile.ts'
import { parseSql } from './parser.ts'

/** What a filter says of a message. Only `true` is wanted; `failed`: a property was not the number it was compared with. */
export type SqlResult = 'true' | 'false' | 'unknown' | 'failed'

const RESULTS: readonly SqlResult[] = ['false', 'true', 'unknown', 'failed'] satisfies Record<Truth, SqlResult>

/** A compiled SQL92 filter. Apache: `SqlFilter`, `ExpressionMessageFilter` (5.3.3). */
export class SqlFilter {
  readonly expression: string
  readonly #condition: Condition
  readonly #names: readonly string[]
  readonly #record: RecordProperties

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
    this.#record = new RecordProperties(this.#names)
  }

  /** What it says of a message with these properties. */
  evaluate(properties: Readonly<Record<string, string>>): SqlResult {
    const values = this.#names.map((name) => (Object.hasOwn(properties, name) ? properties[name] : undefined))
    return RESULTS[this.#condition(values)] as SqlResult
  }

  /** Whether the stored record of `size` bytes at `at` is wanted. */
  matchesRecord(bytes: Buffer, at: number, size: number): boolean {
    return this.#condition(this.#record.read(bytes, at, size)) === TRUTH.true
  }
}
