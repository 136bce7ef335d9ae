// Hot path: bodies of producers that chose LZ4.
import { compressBlock, compressBound, decompressBlock } from 'lz4js'

const FRAME_MAGIC = 0x18_4d_22_04
/**
 * Version 1, independent blocks (Java reads no others) of at most 4 MiB, nothing optional; then the header's check
 * byte.
 */
const FRAME_HEADER = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73])
const BLOCK_BYTES_MAX = 4 * 1024 * 1024
const STORED = 0x8000_0000
const FLAG = { blockCheck: 0x10, contentSize: 0x08, contentCheck: 0x04, dictionary: 0x01 } as const
const HASH_ENTRIES = 1 << 16

/** Blocks without a size of their own are unpacked here first. */
let scratch: Buffer = Buffer.alloc(0)

/** Writes an LZ4 frame as `LZ4FrameOutputStream` of lz4-java does. */
export function compressLz4(body: Uint8Array): Buffer {
  const parts: Buffer[] = [FRAME_HEADER]
  for (let at = 0; at < body.length; at += BLOCK_BYTES_MAX) {
    const block = body.subarray(at, at + BLOCK_BYTES_MAX)
    const packed = Buffer.allocUnsafe(compressBound(block.length))
    const bytes = compressBlock(block, packed, 0, block.length, new Uint32Array(HASH_ENTRIES))
    const isSmaller = bytes > 0 && bytes < block.length
    const size = Buffer.allocUnsafe(4)
    size.writeUInt32LE(isSmaller ? bytes : STORED + block.length, 0)
    parts.push(size, isSmaller ? packed.subarray(0, bytes) : Buffer.from(block))
  }
  parts.push(Buffer.alloc(4))
  return Buffer.concat(parts)
}

/**
 * Reads an LZ4 frame; `fail` makes the error for one that cannot be read. Checks of content are skipped: what carries
 * the frame has its own. The library's own reader trusts the lengths in a frame, so frame and blocks are walked here.
 */
export function decompressLz4(frame: Buffer, bytesMax: number, fail: (reason: string) => Error): Buffer {
  if (frame.length < 7 || frame.readUInt32LE(0) !== FRAME_MAGIC) throw fail('it is not an LZ4 frame')
  const flags = frame[4] as number
  const blockCode = ((frame[5] as number) >> 4) & 7
  if (flags >> 6 !== 1 || blockCode < 4) throw fail('its LZ4 header is damaged')
  const blockMax = 1 << (8 + 2 * blockCode)
  const headerEnd = 7 + ((flags & FLAG.contentSize) === 0 ? 0 : 8) + ((flags & FLAG.dictionary) === 0 ? 0 : 4)
  const trailer = (flags & FLAG.blockCheck) === 0 ? 0 : 4
  const most = unpackedMost(frame, headerEnd, trailer, blockMax, fail)
  if (most - blockMax >= bytesMax) throw fail(`it unpacks to more than ${bytesMax} bytes`)
  if (scratch.length < most) scratch = Buffer.allocUnsafe(most)
  const unpacked = scratch
  let end = 0
  for (let at = headerEnd, size = frame.readUInt32LE(at); size !== 0; size = frame.readUInt32LE(at)) {
    const bytes = size & ~STORED
    at += 4
    if ((size & STORED) !== 0) end += frame.copy(unpacked, end, at, at + bytes)
    else end = decompressBlock(frame, unpacked, at, bytes, end)
    if (end > unpacked.length || end > bytesMax) throw fail(`it unpacks to more than ${bytesMax} bytes`)
    at += bytes + trailer
  }
  const body = Buffer.from(unpacked.subarray(0, end))
  if (scratch.length > BLOCK_BYTES_MAX) scratch = Buffer.alloc(0)
  return body
}

/** The most bytes that the blocks can have, after a look at whether all of them are there. */
function unpackedMost(
  frame: Buffer,
  headerEnd: number,
  trailer: number,
  blockMax: number,
  fail: (reason: string) => Error,
): number {
  let most = 0
  let at = headerEnd
  while (true) {
    if (at + 4 > frame.length) throw fail('its LZ4 frame has no end')
    const size = frame.readUInt32LE(at)
    if (size === 0) return most
    const bytes = size & ~STORED
    if (bytes > blockMax || at + 4 + bytes + trailer > frame.length) throw fail('an LZ4 block passes its end')
    most += (size & STORED) === 0 ? blockMax : bytes
    at += 4 + bytes + trailer
  }
}
