import { SqlFilter } from './sql-filter.ts'

/** Expressions that are kept compiled. Apache: `SelectorParser.PARSE_CACHE`. */
const KEPT_MAX = 100

/** The filters used last, so that a request that brings its expression every time does not compile it every time. */
export class SqlFilters {
  readonly #kept = new Map<string, SqlFilter>()

  /** @throws RMQ_FILTER_SYNTAX */
  get(expression: string): SqlFilter {
    const filter = this.#kept.get(expression) ?? new SqlFilter(expression)
    // What is used last lies last.
    this.#kept.delete(expression)
    this.#kept.set(expression, filter)
    if (this.#kept.size > KEPT_MAX) this.#kept.delete(this.#kept.keys().next().value as string)
    return filter
  }
}
