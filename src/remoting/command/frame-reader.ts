// Hot path: cuts the byte stream of a connection into frames.
import { remotingErrors } from '../errors.ts'
import type { Command } from './command.ts'
import { decodeFrame } from './decode.ts'

/**
 * Cuts a byte stream into frames. A frame that lies whole in what was received is read in place; only one that is
 * spread over several pieces is put together first.
 */
export class FrameReader {
  readonly #frameBytesMax: number
  readonly #onCommand: (command: Command) => void
  #pieces: Buffer[] = []
  #pieceBytes = 0
  #wanted = 4

  constructor(frameBytesMax: number, onCommand: (command: Command) => void) {
    this.#frameBytesMax = frameBytesMax
    this.#onCommand = onCommand
  }

  /**
   * Takes the next bytes and hands out every command that is complete.
   * @throws RMQ_FRAME_TOO_LARGE, RMQ_FRAME_MALFORMED  the connection cannot be used any further
   */
  push(received: Buffer): void {
    let bytes = received
    if (this.#pieceBytes > 0) {
      this.#pieces.push(received)
      this.#pieceBytes += received.length
      if (this.#pieceBytes < this.#wanted) return
      bytes = Buffer.concat(this.#pieces, this.#pieceBytes)
      this.#pieces = []
      this.#pieceBytes = 0
    }
    let at = 0
    while (bytes.length - at >= 4) {
      const frameBytes = bytes.readInt32BE(at)
      if (frameBytes > this.#frameBytesMax || frameBytes < 4) throw this.#illegalLength(bytes, at, frameBytes)
      const end = at + 4 + frameBytes
      if (end > bytes.length) break
      this.#onCommand(decodeFrame(bytes, at, end))
      at = end
    }
    const rest = bytes.length - at
    if (rest === 0) {
      this.#wanted = 4
      return
    }
    this.#wanted = rest >= 4 ? 4 + bytes.readInt32BE(at) : 4
    this.#pieces.push(at === 0 ? bytes : bytes.subarray(at))
    this.#pieceBytes = rest
  }

  #illegalLength(bytes: Buffer, at: number, frameBytes: number): Error {
    const start = bytes.toString('latin1', at, at + 4)
    if (bytes[at] === 0x16) {
      return remotingErrors.RMQ_FRAME_MALFORMED({ reason: 'it speaks TLS, which is not enabled here' })
    }
    if (/^(GET |POST|PUT |HEAD)/.test(start)) return remotingErrors.RMQ_FRAME_MALFORMED({ reason: 'it speaks HTTP' })
    if (frameBytes < 4) return remotingErrors.RMQ_FRAME_MALFORMED({ reason: `a frame length of ${frameBytes}` })
    return remotingErrors.RMQ_FRAME_TOO_LARGE({ frameBytes, frameBytesMax: this.#frameBytesMax })
  }
}
