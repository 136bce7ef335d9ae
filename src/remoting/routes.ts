import type { Api, RequestOf, ResponseOf } from './define-api.ts'
import type { Fields } from './fields.ts'
import type { Peer } from './peer.ts'

/** An answer. Everything left out is: success, no fields, no body. */
export interface Reply<Header> {
  /** A `RESPONSE_CODE`; default SUCCESS. */
  readonly code?: number | undefined
  readonly remark?: string | undefined
  readonly header?: Header | undefined
  /** Fields that the API's table does not have, such as `MSG_REGION`. */
  readonly fields?: Readonly<Record<string, string>> | undefined
  /** Sent as it is, without a copy when large; it must not change any more. */
  readonly body?: Buffer | readonly Buffer[] | undefined
}

/** A request as a handler sees it. */
export interface Call<Header = unknown> {
  /** Who asks. */
  readonly peer: Peer
  /** Apache's number of the asking program's release. */
  readonly version: number
  /** The asking program's language name. */
  readonly language: string
  /** True: no answer is sent, whatever the handler does. */
  readonly oneway: boolean
  /** A view into what was received, valid until the handler returns; copy what must outlive it. */
  readonly body: Buffer
  /** A raw header field, for those outside the API's table. */
  field(name: string): string | undefined
  /** Answers; the second and later calls do nothing. */
  reply(reply: Reply<Header>): void
  /** Answers with the code of the error (`RMQ_REFUSED`), else SYSTEM_ERROR with its text. */
  fail(failure: unknown): void
}

/**
 * Answers requests of one API. What it returns is the answer; a handler that returns nothing answers later by
 * `call.reply`. What it throws is answered by `call.fail`.
 */
export type Handler<Any> = (
  request: RequestOf<Any>,
  call: Call<ResponseOf<Any>>,
) => Reply<ResponseOf<Any>> | Promise<Reply<ResponseOf<Any>>> | undefined

/** An API and what answers it. */
export interface Route {
  readonly api: Api
  readonly handler: (request: never, call: Call<never>) => unknown
}

/** Joins an API and its handler, checked against the API's tables. */
export function route<Request extends Fields, Response extends Fields>(
  api: Api<Request, Response>,
  handler: Handler<Api<Request, Response>>,
): Route {
  return { api: api as unknown as Api, handler: handler as Route['handler'] }
}

/** Request code → route. */
export type RouteTable = ReadonlyMap<number, Route>

/** Builds a table; a later route for the same code replaces an earlier one. */
export function routeTable(...routes: readonly Route[]): RouteTable {
  return new Map(routes.map((one) => [one.api.code, one]))
}
