import type { OpenFile } from '../../base/files/index.ts'

/** Unit in which file systems give room to a file. */
export const PAGE_BYTES = 4096

/** So much of a log file is filled with zeros at once, ahead of the messages; see `prepare` of the commit log. */
export const AHEAD_BYTES = 512 * 1024

/** Bytes looked at in one read when the rest of a file is cleared. */
const CLEAR_BYTES = 1024 * 1024

/** Whether all bytes are zero. */
export function isZero(bytes: Buffer): boolean {
  // A buffer that begins with zero and equals itself moved by one byte is zero throughout.
  return bytes.length === 0 || (bytes[0] === 0 && bytes.compare(bytes, 1, bytes.length, 0, bytes.length - 1) === 0)
}

/** Makes `[from, to)` read as zeros; what is zero already is not written. */
export function clear(file: OpenFile, from: number, to: number): void {
  if (from >= to) return
  const window = Buffer.allocUnsafe(Math.min(CLEAR_BYTES, to - from))
  for (let position = from; position < to; ) {
    const held = file.readSync(window.subarray(0, Math.min(window.length, to - position)), position)
    if (held === 0) return
    for (let at = 0; at < held; ) {
      const end = Math.min(held, at + PAGE_BYTES - ((position + at) % PAGE_BYTES))
      const page = window.subarray(at, end)
      if (!isZero(page)) file.writeSync(page.fill(0), position + at)
      at = end
    }
    position += held
  }
}
