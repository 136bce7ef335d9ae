/** Whether all bytes are zero. */
export function isZero(bytes: Buffer): boolean {
  // A buffer that begins with zero and equals itself moved by one byte is zero throughout.
  return bytes.length === 0 || (bytes[0] === 0 && bytes.compare(bytes, 1, bytes.length, 0, bytes.length - 1) === 0)
}
