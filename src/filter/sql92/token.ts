/** Words of the language; any mixture of upper and lower case means the same. */
export const KEYWORDS = [
  'NOT',
  'AND',
  'OR',
  'BETWEEN',
  'IN',
  'TRUE',
  'FALSE',
  'NULL',
  'IS',
  'CONTAINS',
  'STARTSWITH',
  'ENDSWITH',
] as const

/** Signs of the language, longer ones first. */
export const SIGNS = ['<>', '>=', '<=', '=', '>', '<', '(', ')', ',', '+', '-'] as const

export type Keyword = (typeof KEYWORDS)[number]
export type Sign = (typeof SIGNS)[number]

/** What a token is: a keyword or sign as itself, else its class. `end`: nothing is left. */
export type TokenKind = Keyword | Sign | 'integer' | 'float' | 'string' | 'identifier' | 'end'

/** One token and where it begins. */
export interface Token {
  readonly kind: TokenKind
  /** As written; of a string its value, without quotes. */
  readonly text: string
  /** First character, from 0. */
  readonly at: number
}
