// Hot path: one object a received request.
import { codeOf, RocketMQError, textOf } from '../base/errors/index.ts'
import { RESPONSE_CODE } from './codes.ts'
import { type Command, isOneway } from './command/command.ts'
import { addFields, replyHeader } from './command/encode.ts'
import type { Peer } from './peer.ts'
import type { Call, Reply } from './routes.ts'

/** The call of one received request. */
export class IncomingCall implements Call<unknown> {
  readonly peer: Peer
  readonly #command: Command
  readonly #writeHeader: ((header: never) => string) | undefined
  #answered = false

  constructor(peer: Peer, command: Command, writeHeader: ((header: never) => string) | undefined) {
    this.peer = peer
    this.#command = command
    this.#writeHeader = writeHeader
    peer.opened()
  }

  get version(): number {
    return this.#command.version
  }

  get language(): string {
    return this.#command.language
  }

  get oneway(): boolean {
    return isOneway(this.#command)
  }

  get body(): Buffer {
    return this.#command.body
  }

  field(name: string): string | undefined {
    return this.#command.fields[name]
  }

  reply(reply: Reply<unknown>): void {
    if (this.#answered) return
    this.#answered = true
    if (this.oneway) {
      this.peer.answered(undefined, undefined)
      return
    }
    const written =
      reply.header === undefined || this.#writeHeader === undefined ? '' : this.#writeHeader(reply.header as never)
    const fields = reply.fields === undefined ? written : addFields(written, reply.fields)
    this.peer.answered(replyHeader(reply.code ?? 0, this.#command.opaque, fields, reply.remark), reply.body)
  }

  fail(failure: unknown): void {
    if (codeOf(failure) === 'RMQ_REFUSED' && failure instanceof RocketMQError) {
      const { responseCode, remark } = failure.details as { responseCode: number; remark: string }
      this.reply({ code: responseCode, remark })
      return
    }
    if (codeOf(failure)?.startsWith('RMQ_') !== true) this.peer.logFailure(this.#command.code, failure)
    this.reply({ code: RESPONSE_CODE.SYSTEM_ERROR, remark: textOf(failure) })
  }
}
