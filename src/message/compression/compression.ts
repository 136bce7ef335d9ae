import { deflateSync, inflateSync } from 'node:zlib'
import { textOf } from '../../base/errors/index.ts'
import { messageErrors } from '../errors.ts'
import { SYS_FLAG } from '../sys-flag.ts'

/** Largest body that decompression may produce, so that a small hostile body cannot fill the memory. */
export const DECOMPRESSED_BYTES_MAX = 128 * 1024 * 1024

/** Compresses a body as current producers do (zlib, level 5). Apache: `ZlibCompressor`. */
export function compressBody(body: Uint8Array): Buffer {
  return deflateSync(body, { level: 5 })
}

/**
 * The body as it was sent. Type bits 0 and 3 are zlib.
 * @throws RMQ_BODY_UNREADABLE  damaged, or of a compression that this version cannot read
 */
export function decompressBody(body: Buffer, sysFlag: number, messageId: string): Buffer {
  const type = sysFlag & SYS_FLAG.compressionMask
  if (type !== 0 && type !== SYS_FLAG.compressionZlib) {
    const compression =
      type === SYS_FLAG.compressionLz4 ? 'LZ4' : type === SYS_FLAG.compressionZstd ? 'ZSTD' : `${type}`
    const reason = 'only zlib is supported; set the producer’s rocketmq.message.compressType=ZLIB'
    throw messageErrors.RMQ_BODY_UNREADABLE({ messageId, compression, reason })
  }
  try {
    return inflateSync(body, { maxOutputLength: DECOMPRESSED_BYTES_MAX })
  } catch (failure) {
    throw messageErrors.RMQ_BODY_UNREADABLE({ messageId, compression: 'zlib', reason: textOf(failure) }, failure)
  }
}
