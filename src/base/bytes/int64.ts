// Hot path: 64-bit fields are numbers built from two 32-bit halves; see docs/architecture.md.

const TWO_32 = 0x1_0000_0000

/** Reads a signed 64-bit integer as a number: exact up to ±2^53, which covers offsets and times. */
export function readInt64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * TWO_32 + bytes.readUInt32BE(at + 4)
}

/** {@link readInt64} of a view: without the checks that a Buffer makes at every read, for loops that millions of entries pass. */
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
