/** The type of expressions that are SQL. Apache: `ExpressionType`. */
export const SQL92 = 'SQL92'

const TAG = 'TAG'

/** Whether an expression is one of tags, as it is when nothing is said. Apache: `ExpressionType.isTagType`. */
export function isTagExpression(expressionType: string | undefined): boolean {
  return expressionType === undefined || expressionType === '' || expressionType === TAG
}

/** The remark for expressions of a broker that evaluates none. */
export function noPropertyFilter(expressionType: string): string {
  return `The broker does not support consumer to filter message by ${expressionType}`
}
