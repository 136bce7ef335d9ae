/** Java's `String.hashCode`: 31-polynomial over UTF-16 units, 32 bits, signed. Tags, keys and queues are chosen by it. */
export function javaHashCode(text: string): number {
  let hash = 0
  for (let at = 0; at < text.length; at++) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0
  return hash
}
