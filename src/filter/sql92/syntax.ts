import type { SqlNumber } from './java-numbers.ts'

/** The operators that compare two operands; the others are made of these. */
export type Comparison = '=' | '>' | '>=' | '<' | '<='

/** How a text is searched. */
export type TextTest = 'CONTAINS' | 'STARTSWITH' | 'ENDSWITH'

/** A part of a filter. */
export type SqlNode =
  | { readonly kind: 'null' }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'number'; readonly number: SqlNumber }
  | { readonly kind: 'property'; readonly name: string }
  | { readonly kind: 'negate'; readonly operand: SqlNode }
  | { readonly kind: 'not'; readonly operand: SqlNode }
  | { readonly kind: 'and' | 'or'; readonly operands: readonly SqlNode[] }
  | {
      readonly kind: 'compare'
      readonly operator: Comparison
      readonly left: SqlNode
      readonly right: SqlNode
    }
  | { readonly kind: 'is-null'; readonly operand: SqlNode }
  | { readonly kind: 'in'; readonly name: string; readonly values: readonly string[]; readonly negated: boolean }
  | {
      readonly kind: 'text'
      readonly test: TextTest
      readonly operand: SqlNode
      readonly search: string
      readonly negated: boolean
    }

/** Whether it is a literal; one with a sign in front is not. Apache: `ConstantExpression`. */
export function isLiteral(node: SqlNode): boolean {
  return node.kind === 'null' || node.kind === 'boolean' || node.kind === 'string' || node.kind === 'number'
}

/** Whether it is true, false or unknown, and nothing else. Apache: `BooleanExpression`. */
export function isCondition(node: SqlNode): boolean {
  switch (node.kind) {
    case 'string':
    case 'number':
    case 'property':
    case 'negate':
      return false
    default:
      return true
  }
}
