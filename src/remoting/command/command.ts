import type { RawFields } from '../fields.ts'

/** Bits of a command's flag. */
export const COMMAND_FLAG = { response: 1, oneway: 2 } as const

/** How a header is serialized: the first byte after the length. */
export const SERIALIZE_TYPE = { json: 0, rocketmq: 1 } as const

/** A frame as it came: either a request or a reply. Apache: `RemotingCommand`. */
export interface Command {
  readonly code: number
  readonly language: string
  readonly version: number
  /** The sender's number for the request; a reply repeats it. */
  readonly opaque: number
  readonly flag: number
  readonly remark: string | undefined
  readonly fields: RawFields
  /** A view into what was received; empty when the frame has none. Copy what must outlive the handler. */
  readonly body: Buffer
}

export function isResponse(command: Command): boolean {
  return (command.flag & COMMAND_FLAG.response) !== 0
}

export function isOneway(command: Command): boolean {
  return (command.flag & COMMAND_FLAG.oneway) !== 0
}
