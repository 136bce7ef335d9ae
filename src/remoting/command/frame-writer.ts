// Hot path: gathers the frames of one turn into one socket write.
import { deferred } from '../../base/async/index.ts'
import type { Connection } from '../../base/network/index.ts'
import { PREFIX_BYTES } from './encode.ts'

/**
 * The buffer that small frames are gathered in grows from the first size to the second, so that idle connections cost
 * little.
 */
const GATHER_BYTES_MIN = 2 * 1024
const GATHER_BYTES_MAX = 64 * 1024
const NOTHING = Buffer.alloc(0)
/**
 * Bodies above this are handed to the socket as they are; copying a smaller one costs less than one more write vector.
 */
const COPY_BYTES_MAX = 16 * 1024

/**
 * Writes frames to a connection. All frames of one turn of the event loop become one write: they are gathered, and
 * written when the microtasks of the turn have run or {@link FrameWriter.flush} is called.
 */
export class FrameWriter {
  readonly #connection: Connection
  readonly #flushLater: () => void
  #gather = NOTHING
  #start = 0
  #end = 0
  #parts: Buffer[] = []
  #scheduled = false
  /** Bytes that the next flush will hand over. */
  #gatheredBytes = 0

  constructor(connection: Connection) {
    this.#connection = connection
    this.#flushLater = () => this.flush()
  }

  /** Bytes accepted and not yet taken by the operating system. */
  get pendingBytes(): number {
    return this.#connection.writableLength + this.#gatheredBytes
  }

  /** Adds a frame; `body` must not change any more. */
  write(header: string, body: readonly Buffer[]): void {
    // A header of ASCII has as many bytes as characters; only remarks and properties hold more, at most three per
    // character.
    const headerBytesMax = header.length * 3
    if (this.#end + PREFIX_BYTES + headerBytesMax > this.#gather.length) this.#nextGather(PREFIX_BYTES + headerBytesMax)
    const at = this.#end
    const headerBytes = this.#gather.write(header, at + PREFIX_BYTES, 'utf8')
    let bodyBytes = 0
    for (const part of body) bodyBytes += part.length
    this.#gather.writeInt32BE(4 + headerBytes + bodyBytes, at)
    // Serialization 0 (JSON) in the top byte, header length in the other three.
    this.#gather.writeInt32BE(headerBytes, at + 4)
    this.#end = at + PREFIX_BYTES + headerBytes
    this.#gatheredBytes += PREFIX_BYTES + headerBytes + bodyBytes
    for (const part of body) this.#writeBody(part)
    if (!this.#scheduled) {
      this.#scheduled = true
      process.nextTick(this.#flushLater)
    }
  }

  /** Hands what was gathered to the socket now. */
  flush(): void {
    this.#scheduled = false
    this.#gatheredBytes = 0
    this.#sealGather()
    const parts = this.#parts
    const [first] = parts
    if (first === undefined || this.#connection.destroyed) {
      this.#parts = []
      return
    }
    this.#parts = []
    if (parts.length === 1) {
      this.#connection.write(first)
    } else {
      this.#connection.cork()
      for (const part of parts) this.#connection.write(part)
      this.#connection.uncork()
    }
    if (this.#connection.writableLength === 0) {
      // The operating system took everything at once, so the buffer is free again.
      this.#start = 0
      this.#end = 0
    }
  }

  /** Hands over what was gathered; resolves when the connection has taken it, or is over. */
  async drained(): Promise<void> {
    this.flush()
    const connection = this.#connection
    if (connection.destroyed || !connection.writableNeedDrain) return
    const done = deferred()
    connection.once('drain', done.resolve).once('close', done.resolve)
    await done.promise
    connection.off('drain', done.resolve).off('close', done.resolve)
  }

  #writeBody(part: Buffer): void {
    if (part.length <= COPY_BYTES_MAX) {
      if (this.#end + part.length > this.#gather.length) this.#nextGather(part.length)
      part.copy(this.#gather, this.#end)
      this.#end += part.length
      return
    }
    this.#sealGather()
    this.#parts.push(part)
  }

  #sealGather(): void {
    if (this.#end === this.#start) return
    this.#parts.push(this.#gather.subarray(this.#start, this.#end))
    this.#start = this.#end
  }

  #nextGather(bytes: number): void {
    this.#sealGather()
    this.#gather = Buffer.allocUnsafeSlow(
      Math.max(bytes, Math.min(GATHER_BYTES_MAX, Math.max(GATHER_BYTES_MIN, this.#gather.length * 4))),
    )
    this.#start = 0
    this.#end = 0
  }
}
