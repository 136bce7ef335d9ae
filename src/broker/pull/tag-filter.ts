import { javaHashCode } from '../../base/bytes/index.ts'
import type { SubscriptionData } from '../../remoting/index.ts'

/** Whether a message with this hash of its tag is wanted. */
export type TagFilter = (tagsCode: number) => boolean

const ALL = '*'

/**
 * The filter of a subscription; `undefined` when it wants everything. Hashes of different tags can be equal, which the
 * consumer sorts out. Apache: `DefaultMessageFilter` (5.3.3).
 */
export function acceptsTags(data: SubscriptionData): TagFilter | undefined {
  if (data.subString === ALL || data.subString === '') return undefined
  return acceptsCodes(data.codeSet)
}

/**
 * The filter of an expression such as `TagA || TagB`; `undefined` when it wants everything.
 * Apache: `FilterAPI.buildSubscriptionData`.
 */
export function acceptsExpression(expression: string | undefined): TagFilter | undefined | 'illegal' {
  if (expression === undefined || expression === '' || expression === ALL) return undefined
  const tags = expression
    .split('||')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '')
  // An expression of nothing but bars is an error in Java, too.
  return tags.length === 0 ? 'illegal' : acceptsCodes(tags.map(javaHashCode))
}

function acceptsCodes(codes: readonly number[]): TagFilter {
  const [only] = codes
  if (codes.length === 1) return (tagsCode) => tagsCode === only
  const wanted = new Set(codes)
  return (tagsCode) => wanted.has(tagsCode)
}
