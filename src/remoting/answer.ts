// Hot path: one answer a call.
import type { Command } from './command/command.ts'
import type { ReplySide } from './define-api.ts'
import { remotingErrors } from './errors.ts'
import type { Fields, HeaderOf } from './fields.ts'

/** An answer as the asking side gets it. */
export interface Answer<Header> {
  readonly code: number
  readonly remark: string | undefined
  /** Present when the code is one of those the caller accepts. */
  readonly header: Header
  /** A view into what was received; copy what must be kept without pinning the rest. */
  readonly body: Buffer
  /** Apache's number of the answering program's release. */
  readonly version: number
  /** A raw header field, for those outside the API's table. */
  field(name: string): string | undefined
}

/** Reads a reply's header by its table. A refused request has none, so this is only for accepted codes. */
export function toAnswer<Response extends Fields>(
  api: ReplySide<Response>,
  command: Command,
): Answer<HeaderOf<Response>> {
  return {
    code: command.code,
    remark: command.remark,
    header: api.readResponse(command.fields),
    body: command.body,
    version: command.version,
    field: (name) => command.fields[name],
  }
}

/** The error for a reply that says no. */
export function refusal(request: string, command: Command, address: string): Error {
  return remotingErrors.RMQ_REFUSED({ responseCode: command.code, remark: command.remark ?? '', request, address })
}
