// Hot path: asked about every queue entry that a filtered pull looks at.

/** Whether a message with this hash of its tag is wanted. */
export type TagFilter = (tagsCode: number) => boolean

/**
 * A filter for messages with one of these hashes. Equal hashes of different tags come through; the consumer, which
 * compares texts, sorts them out. Apache: `ExpressionMessageFilter`.
 */
export function acceptsCodes(codes: readonly number[]): TagFilter {
  const [only] = codes
  if (codes.length === 1) return (tagsCode) => tagsCode === only
  const wanted = new Set(codes)
  return (tagsCode) => wanted.has(tagsCode)
}
