// Hot path: fields of records and entries. All are signed and big-endian. A 64-bit one is a number built from two
// 32-bit halves; see docs/architecture.md.

const TWO_32 = 0x1_0000_0000

/**
 * Reads a signed 16-bit integer. Like its sisters it leaves out the checks of a Buffer's methods: the bytes must be
 * there.
 */
export function readInt16(bytes: Buffer, at: number): number {
  return ((byteAt(bytes, at) << 24) >> 16) | byteAt(bytes, at + 1)
}

/** Reads a signed 32-bit integer. */
export function readInt32(bytes: Buffer, at: number): number {
  return (
    (byteAt(bytes, at) << 24) | (byteAt(bytes, at + 1) << 16) | (byteAt(bytes, at + 2) << 8) | byteAt(bytes, at + 3)
  )
}

/** Reads a signed 64-bit integer as a number: exact up to ±2^53, which covers offsets and times. */
export function readInt64(bytes: Buffer, at: number): number {
  return readInt32(bytes, at) * TWO_32 + (readInt32(bytes, at + 4) >>> 0)
}

/** {@link readInt64} of a view, for loops that millions of entries pass. */
export function readInt64Of(view: DataView, at: number): number {
  return view.getInt32(at) * TWO_32 + view.getUint32(at + 4)
}

/** The same bytes as a view. */
export function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** Writes a whole number up to ±2^53 as a signed 64-bit integer; returns the position behind it. */
export function writeInt64(bytes: Buffer, value: number, at: number): number {
  const high = Math.floor(value / TWO_32)
  bytes.writeInt32BE(high, at)
  return bytes.writeUInt32BE(value - high * TWO_32, at + 4)
}

/** {@link writeInt64} into a view. */
export function writeInt64To(view: DataView, value: number, at: number): number {
  const high = Math.floor(value / TWO_32)
  view.setInt32(at, high)
  view.setUint32(at + 4, value - high * TWO_32)
  return at + 8
}

/** One byte that is there. */
export function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] as number
}
