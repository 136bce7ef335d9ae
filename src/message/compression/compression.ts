import { deflateSync, inflateSync } from 'node:zlib'
import { codeOf, textOf } from '../../base/errors/index.ts'
import { messageErrors } from '../errors.ts'
import { SYS_FLAG } from '../sys-flag.ts'
import { compressLz4, decompressLz4 } from './lz4.ts'
import { compressZstd, decompressZstd, loadZstd } from './zstd.ts'

/** Largest body that decompression may produce, so that a small hostile body cannot fill the memory. */
export const DECOMPRESSED_BYTES_MAX = 128 * 1024 * 1024

/** How a body is compressed. Apache: `CompressionType`. */
export type CompressionType = 'zlib' | 'lz4' | 'zstd'

/** All of them. */
export const COMPRESSION_TYPES: readonly CompressionType[] = ['zlib', 'lz4', 'zstd']

const FLAG: Readonly<Record<CompressionType, number>> = {
  zlib: SYS_FLAG.compressed | SYS_FLAG.compressionZlib,
  lz4: SYS_FLAG.compressed | SYS_FLAG.compressionLz4,
  zstd: SYS_FLAG.compressed | SYS_FLAG.compressionZstd,
}

/** The bits of the system flag that tell of a body compressed so. */
export function compressionFlag(type: CompressionType): number {
  return FLAG[type]
}

/** Makes {@link compressBody} able to write this type; only `zstd` on a Node without it takes a moment, once. */
export async function loadCompression(type: CompressionType): Promise<void> {
  if (type === 'zstd') await loadZstd()
}

/**
 * Compresses a body as current producers do; zlib at level 5. Apache: `ZlibCompressor`, `Lz4Compressor`,
 * `ZstdCompressor`.
 */
export function compressBody(body: Uint8Array, type: CompressionType = 'zlib'): Buffer {
  switch (type) {
    case 'lz4':
      return compressLz4(body)
    case 'zstd':
      return compressZstd(body)
    default:
      return deflateSync(body, { level: 5 })
  }
}

/**
 * The body as it was sent. Type bits 0 and 3 are zlib.
 * @throws RMQ_BODY_UNREADABLE  damaged, too long, or of a compression that nobody knows
 */
export function decompressBody(body: Buffer, sysFlag: number, messageId: string): Buffer {
  const type = sysFlag & SYS_FLAG.compressionMask
  let compression = `of type ${type >> 8}`
  const fail = (reason: string, cause?: unknown): Error =>
    messageErrors.RMQ_BODY_UNREADABLE({ messageId, compression, reason }, cause)
  try {
    switch (type) {
      case 0:
      case SYS_FLAG.compressionZlib:
        compression = 'zlib'
        return inflateSync(body, { maxOutputLength: DECOMPRESSED_BYTES_MAX })
      case SYS_FLAG.compressionLz4:
        compression = 'LZ4'
        return decompressLz4(body, DECOMPRESSED_BYTES_MAX, fail)
      case SYS_FLAG.compressionZstd:
        compression = 'ZSTD'
        return decompressZstd(body, DECOMPRESSED_BYTES_MAX, fail)
      default:
        throw fail('RocketMQ has no such compression')
    }
  } catch (failure) {
    throw codeOf(failure) === 'RMQ_BODY_UNREADABLE' ? failure : fail(textOf(failure), failure)
  }
}
