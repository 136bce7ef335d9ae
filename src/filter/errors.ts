import { defineErrors } from '../base/errors/index.ts'

export const filterErrors = defineErrors({
  RMQ_FILTER_SYNTAX: (d: { expression: string; line: number; column: number; reason: string }) =>
    `The SQL filter "${shortened(d.expression)}" is not right at line ${d.line}, column ${d.column}: ${d.reason}`,
})

const SHOWN_CHARS_MAX = 200

/** An expression may be long; the position says where to look in it. */
function shortened(expression: string): string {
  return expression.length <= SHOWN_CHARS_MAX ? expression : `${expression.slice(0, SHOWN_CHARS_MAX)}…`
}
