import { crc32 } from '../../base/bytes/index.ts'

/** A note of ours as JSON, with a checksum: a flipped digit in it would be believed otherwise, and hide messages. */
export function sealNote(note: unknown): string {
  return JSON.stringify({ crc: crcOf(note), note })
}

/** The note that was sealed so; `undefined` when it is damaged or half written. */
export function openNote(content: Buffer): unknown {
  try {
    const { crc, note } = JSON.parse(content.toString()) as { readonly crc?: unknown; readonly note?: unknown }
    return note !== undefined && crc === crcOf(note) ? note : undefined
  } catch {
    // No JSON, or no object: then it is no note either.
    return undefined
  }
}

/** Members keep their order when JSON is read, so the text is the same again. */
function crcOf(note: unknown): number {
  return crc32(Buffer.from(JSON.stringify(note)))
}
