import { writeSync } from 'node:fs'

const STDOUT = 1
const pause = new Int32Array(new SharedArrayBuffer(4))

/**
 * Prints one line of a driver. It has left when this returns: a kill loses no line that was printed, however slow the
 * reader.
 */
export function print(line: object): void {
  const bytes = Buffer.from(`${JSON.stringify(line)}\n`)
  for (let at = 0; at < bytes.length; ) at += written(bytes, at)
}

/** Bytes that the pipe took; none, a moment later, while its reader is slow. */
function written(bytes: Buffer, at: number): number {
  try {
    return writeSync(STDOUT, bytes, at)
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code !== 'EAGAIN') throw failure
    Atomics.wait(pause, 0, 0, 1)
    return 0
  }
}
