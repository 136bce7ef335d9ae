// Hot path: asked about every queue entry that a filtered pull looks at.

/** Whether a message with this hash of its tag is wanted. */
export type TagFilter = (tagsCode: number) => boolean

/**
 * Largest number in place of a hash that is the address of a `ConsumeQueueExt` unit, which an Apache broker with
 * `enableConsumeQueueExt` wrote. Apache: `ConsumeQueueExt.MAX_ADDR`.
 */
const EXT_ADDRESS_MAX = -2_147_483_649

/**
 * A filter for messages with one of these hashes. Equal hashes of different tags come through; the consumer, which compares
 * texts, sorts them out, as it does where the hash lies in a file that is not read here. Apache: `ExpressionMessageFilter`.
 */
export function acceptsCodes(codes: readonly number[]): TagFilter {
  const [only] = codes
  if (codes.length === 1) return (tagsCode) => tagsCode === only || tagsCode <= EXT_ADDRESS_MAX
  const wanted = new Set(codes)
  return (tagsCode) => wanted.has(tagsCode) || tagsCode <= EXT_ADDRESS_MAX
}
