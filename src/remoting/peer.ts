// Hot path: one connection, both directions.
import { deferred } from '../base/async/index.ts'
import { codeOf, textOf } from '../base/errors/index.ts'
import type { Logger } from '../base/log/index.ts'
import type { Connection } from '../base/network/index.ts'
import type { Clock } from '../base/time/index.ts'
import { type Answer, refusal, toAnswer } from './answer.ts'
import { RESPONSE_CODE } from './codes.ts'
import { type Command, isResponse } from './command/command.ts'
import { addFields, requestHeader } from './command/encode.ts'
import { FrameReader } from './command/frame-reader.ts'
import { FrameWriter } from './command/frame-writer.ts'
import type { RemotingLimits } from './config.ts'
import type { Api, RequestSide } from './define-api.ts'
import { remotingErrors } from './errors.ts'
import type { Fields, HeaderOf } from './fields.ts'
import { IncomingCall } from './incoming-call.ts'
import type { Call, Reply, RouteTable } from './routes.ts'

/** What goes with a request. */
export interface InvokeOptions {
  readonly body?: Buffer | undefined
  /** Fields that the API's table does not have. */
  readonly fields?: Readonly<Record<string, string>> | undefined
  /** Default 3000. */
  readonly timeoutMs?: number | undefined
  /** Codes that are an answer and not a refusal; default only SUCCESS. */
  readonly accept?: readonly number[] | undefined
}

/** How a pending request learns what became of it; one object a request, no closure. */
interface Pending {
  readonly request: string
  readonly deadlineMs: number
  readonly timeoutMs: number
  settle(command: Command | undefined, failure: unknown): void
}

export interface PeerOptions {
  readonly connection: Connection
  /** `host:port` of the other end. */
  readonly address: string
  readonly routes: RouteTable
  readonly limits: RemotingLimits
  readonly clock: Clock
  readonly logger: Logger
  /** Called once per unknown request code. */
  onUnknownCode(code: number, address: string): void
}

const ANSWERED_BY_SUCCESS: readonly number[] = [RESPONSE_CODE.SUCCESS]
const NO_BODY: readonly Buffer[] = []
const DEFAULT_TIMEOUT_MS = 3000

/**
 * One end of a connection: sends requests and matches their answers, and answers requests of the other end. Both sides
 * of the protocol are the same in this; a server asks its clients as well.
 */
export class Peer {
  /** `host:port` of the other end. */
  readonly address: string
  readonly #options: PeerOptions
  readonly #writer: FrameWriter
  readonly #pending = new Map<number, Pending>()
  readonly #onClose: (() => void)[] = []
  #opaque = 0
  #unanswered = 0
  #closedBy: Error | undefined
  #lastReceivedMs: number

  constructor(options: PeerOptions) {
    this.#options = options
    this.address = options.address
    this.#writer = new FrameWriter(options.connection)
    this.#lastReceivedMs = options.clock.monotonicMs()
    const reader = new FrameReader(options.limits.frameBytesMax, (command) => this.#receive(command))
    options.connection.on('data', (bytes: Buffer) => {
      this.#lastReceivedMs = options.clock.monotonicMs()
      try {
        reader.push(bytes)
      } catch (failure) {
        options.logger.warn('connection closed: the peer sent what cannot be read', {
          peer: this.address,
          code: codeOf(failure),
          reason: textOf(failure),
        })
        this.destroy(textOf(failure))
      }
    })
    options.connection.on('error', (failure) => this.destroy(failure.message))
    options.connection.on('close', () => this.destroy('the peer closed it'))
  }

  /** Whether the connection is over. */
  get closed(): boolean {
    return this.#closedBy !== undefined
  }

  /** Requests sent and not yet answered. */
  get pendingCount(): number {
    return this.#pending.size
  }

  /** The peer's host and port apart; port 0 when unknown. */
  get remote(): { readonly host: string; readonly port: number } {
    const { remoteAddress = '0.0.0.0', remotePort = 0 } = this.#options.connection
    // An IPv4 peer of a dual-stack socket shows as ::ffff:1.2.3.4.
    return { host: remoteAddress.replace(/^::ffff:/, ''), port: remotePort }
  }

  /** Calls back once when the connection is over; at once when it is already. */
  onClose(callback: () => void): void {
    if (this.closed) callback()
    else this.#onClose.push(callback)
  }

  /**
   * Sends a request; resolves with the answer.
   * @throws RMQ_REFUSED  the answer's code is not accepted; `details` has code, remark and address
   * @throws RMQ_REQUEST_TIMEOUT, RMQ_CONNECTION_LOST, RMQ_TOO_MANY_REQUESTS
   */
  invoke<Request extends Fields, Response extends Fields>(
    api: Api<Request, Response>,
    header: HeaderOf<Request>,
    options: InvokeOptions = {},
  ): Promise<Answer<HeaderOf<Response>>> {
    const done = deferred<Answer<HeaderOf<Response>>>()
    const accept = options.accept ?? ANSWERED_BY_SUCCESS
    this.send(api, header, options, (command, failure) => {
      if (command === undefined) done.reject(failure)
      else if (accept.includes(command.code)) {
        try {
          done.resolve(toAnswer(api, command))
        } catch (unreadable) {
          done.reject(unreadable)
        }
      } else done.reject(refusal(api.name, command, this.address))
    })
    return done.promise
  }

  /**
   * The form of {@link Peer.invoke} for hot paths: no promise. `settle` is called exactly once, with the reply of any
   * code, or with what went wrong.
   */
  send<Request extends Fields>(
    api: RequestSide<Request>,
    header: HeaderOf<Request>,
    options: InvokeOptions,
    settle: (command: Command | undefined, failure: unknown) => void,
  ): void {
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS
    if (this.#closedBy !== undefined) {
      settle(undefined, this.#closedBy)
      return
    }
    if (this.#pending.size >= this.#options.limits.inFlightMax) {
      const { inFlightMax } = this.#options.limits
      settle(undefined, remotingErrors.RMQ_TOO_MANY_REQUESTS({ address: this.address, inFlightMax }))
      return
    }
    const opaque = this.#nextOpaque()
    this.#pending.set(opaque, {
      request: api.name,
      deadlineMs: this.#options.clock.monotonicMs() + timeoutMs,
      timeoutMs: Math.ceil(timeoutMs),
      settle,
    })
    this.#write(
      requestHeader(api.code, opaque, addFields(api.writeRequest(header), options.fields), false),
      options.body,
    )
  }

  /** Sends a request that nobody answers; what is lost on the way is lost. */
  invokeOneway<Request extends Fields>(
    api: RequestSide<Request>,
    header: HeaderOf<Request>,
    options: InvokeOptions = {},
  ): void {
    if (this.closed) return
    this.#write(
      requestHeader(api.code, this.#nextOpaque(), addFields(api.writeRequest(header), options.fields), true),
      options.body,
    )
  }

  /** Bytes that wait to be taken by the operating system. */
  get pendingWriteBytes(): number {
    return this.#writer.pendingBytes
  }

  /** Resolves when little waits any more: back pressure for those whom no answer slows down. */
  drained(): Promise<void> {
    return this.#writer.drained()
  }

  /** Fails requests whose time is over, and closes the connection when the peer was silent too long. */
  sweep(nowMs: number): void {
    if (nowMs - this.#lastReceivedMs > this.#options.limits.idleMs) {
      this.destroy(`nothing was received for ${this.#options.limits.idleMs} ms`)
      return
    }
    for (const [opaque, pending] of this.#pending) {
      if (pending.deadlineMs > nowMs) continue
      this.#pending.delete(opaque)
      const { request, timeoutMs } = pending
      pending.settle(undefined, remotingErrors.RMQ_REQUEST_TIMEOUT({ address: this.address, request, timeoutMs }))
    }
  }

  /** Writes what is gathered and closes the connection after it. */
  end(): void {
    if (this.closed) return
    this.#writer.flush()
    this.#options.connection.end()
  }

  /** Closes at once; pending requests fail with `RMQ_CONNECTION_LOST`. */
  destroy(reason: string): void {
    if (this.#closedBy !== undefined) return
    const failure = remotingErrors.RMQ_CONNECTION_LOST({ address: this.address, reason })
    this.#closedBy = failure
    this.#options.connection.destroy()
    const pending = [...this.#pending.values()]
    this.#pending.clear()
    for (const one of pending) one.settle(undefined, failure)
    for (const callback of this.#onClose.splice(0)) callback()
  }

  #nextOpaque(): number {
    this.#opaque = (this.#opaque + 1) & 0x7fff_ffff
    return this.#opaque
  }

  #write(header: string, body: Buffer | readonly Buffer[] | undefined): void {
    this.#writer.write(header, body === undefined ? NO_BODY : Buffer.isBuffer(body) ? [body] : body)
    if (this.#writer.pendingBytes > this.#options.limits.pendingWriteBytesMax) {
      this.destroy(`the peer does not read: more than ${this.#options.limits.pendingWriteBytesMax} bytes wait for it`)
    }
  }

  #receive(command: Command): void {
    if (!isResponse(command)) {
      this.#answer(command)
      return
    }
    const pending = this.#pending.get(command.opaque)
    // An answer that comes after its time-out belongs to nobody any more.
    if (pending === undefined) return
    this.#pending.delete(command.opaque)
    pending.settle(command, undefined)
  }

  #answer(command: Command): void {
    const { routes, limits } = this.#options
    const found = routes.get(command.code)
    const call = new IncomingCall(this, command, found?.api.writeResponse as ((header: never) => string) | undefined)
    if (found === undefined) {
      this.#options.onUnknownCode(command.code, this.address)
      const remark = ` request type ${command.code} not supported`
      call.reply({ code: RESPONSE_CODE.REQUEST_CODE_NOT_SUPPORTED, remark })
      return
    }
    if (this.#unanswered >= limits.inFlightMax) {
      const remark = '[OVERLOAD]system busy, start flow control for a while'
      call.reply({ code: RESPONSE_CODE.SYSTEM_BUSY, remark })
      return
    }
    try {
      const result = found.handler(found.api.readRequest(command.fields) as never, call as Call<never>)
      if (result === undefined) return
      if (result instanceof Promise)
        result.then(
          (reply) => call.reply(reply as Reply<never>),
          (failure) => call.fail(failure),
        )
      else call.reply(result as Reply<never>)
    } catch (failure) {
      call.fail(failure)
    }
  }

  /** For {@link IncomingCall}. */
  opened(): void {
    this.#unanswered++
  }

  /** For {@link IncomingCall}. */
  answered(header: string | undefined, body: Buffer | readonly Buffer[] | undefined): void {
    this.#unanswered--
    if (header !== undefined && !this.closed) this.#write(header, body)
  }

  /** For {@link IncomingCall}: an error that no handler foresaw. */
  logFailure(code: number, failure: unknown): void {
    this.#options.logger.error('request failed', { request: code, peer: this.address, reason: textOf(failure) })
  }
}
