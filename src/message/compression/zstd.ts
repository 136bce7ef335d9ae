import { ok } from 'node:assert/strict'
import zlib from 'node:zlib'
import { Decompress } from 'fzstd'

/**
 * Zstandard comes from `node:zlib` where Node has it (22.15 and later). Elsewhere it is read by `fzstd`, which is
 * small, waits for nothing and gives its output piece by piece, so that it can be stopped; and written by `zstd-wasm`,
 * loaded when asked for.
 */
interface NativeZstd {
  zstdCompressSync?(body: Uint8Array): Buffer
  zstdDecompressSync?(frame: Uint8Array, options: { readonly maxOutputLength: number }): Buffer
}
const native = zlib as NativeZstd

const FRAME_MAGIC = 0xfd2f_b528
const LEVEL = 3
let write: ((body: Uint8Array) => Buffer) | undefined = native.zstdCompressSync

/** Makes {@link compressZstd} work; resolves at once the second time. */
export async function loadZstd(): Promise<void> {
  if (write !== undefined) return
  const { compress, init } = await import('@bokuweb/zstd-wasm')
  await init()
  write = (body) => Buffer.from(compress(body, LEVEL))
}

/** Writes a Zstandard frame. {@link loadZstd} was awaited before. */
export function compressZstd(body: Uint8Array): Buffer {
  ok(write !== undefined, 'loadZstd() was not awaited')
  return write(body)
}

/**
 * Reads a Zstandard frame; `fail` makes the error for one that cannot be read. What the libraries throw, the caller
 * explains.
 */
export function decompressZstd(frame: Buffer, bytesMax: number, fail: (reason: string) => Error): Buffer {
  if (native.zstdDecompressSync !== undefined) return native.zstdDecompressSync(frame, { maxOutputLength: bytesMax })
  const tooLong = (): Error => fail(`it unpacks to more than ${bytesMax} bytes`)
  if (windowBytes(frame, fail) > bytesMax) throw tooLong()
  const pieces: Uint8Array[] = []
  let bytes = 0
  const reader = new Decompress((piece) => {
    bytes += piece.length
    if (bytes > bytesMax) throw tooLong()
    pieces.push(piece)
  })
  reader.push(frame, true)
  return Buffer.concat(pieces)
}

/** Memory that a reader has to set aside, as the frame's header demands it. */
function windowBytes(frame: Buffer, fail: (reason: string) => Error): number {
  if (frame.length < 6 || frame.readUInt32LE(0) !== FRAME_MAGIC) throw fail('it is not a Zstandard frame')
  const descriptor = frame[4] as number
  if ((descriptor & 0x20) === 0) {
    const window = frame[5] as number
    return 2 ** (10 + (window >> 3)) * (1 + (window & 7) / 8)
  }
  // A single segment: the window is the content, whose size follows a dictionary id of 0 to 4 bytes.
  const at = 5 + ([0, 1, 2, 4][descriptor & 3] as number)
  const sizeBytes = [1, 2, 4, 8][descriptor >> 6] as number
  if (frame.length < at + sizeBytes) throw fail('its Zstandard header is damaged')
  return sizeBytes === 8 ? Number(frame.readBigUInt64LE(at)) : frame.readUIntLE(at, sizeBytes)
}
