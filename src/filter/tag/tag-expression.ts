import { javaHashCode } from '../../base/bytes/index.ts'

const ALL = '*'

/**
 * The tags of an expression such as `TagA || TagB`, each once and in order; none: every message is wanted, as for `*`
 * and the empty expression. `undefined`: there is nothing between its bars. Apache: `FilterAPI.buildSubscriptionData`
 * (5.3.3).
 */
export function parseTags(expression: string): readonly string[] | undefined {
  if (expression === '' || expression === ALL) return []
  const tags = expression.split('||').map((tag) => tag.trim())
  const unique = [...new Set(tags)].filter((tag) => tag !== '')
  return unique.length === 0 ? undefined : unique
}

/** What queue entries and subscriptions hold of tags: their hashes, each once. Different tags may have the same. */
export function tagCodes(tags: readonly string[]): readonly number[] {
  return [...new Set(tags.map(javaHashCode))]
}
