import { writeSync } from 'node:fs'

const STDOUT = 1

/** Prints one line of a driver. It has left when this returns: a kill loses no line that was printed, however slow the reader. */
export function print(line: object): void {
  const bytes = Buffer.from(`${JSON.stringify(line)}\n`)
  for (let at = 0; at < bytes.length; ) at += writeSync(STDOUT, bytes, at)
}
