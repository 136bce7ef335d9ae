import {
  compileReader,
  compileWriter,
  type FieldReader,
  type Fields,
  type FieldWriter,
  type HeaderOf,
} from './fields.ts'

/** One request code: its tables, and what they were compiled to. */
export interface Api<Request extends Fields = Fields, Response extends Fields = Fields> {
  readonly code: number
  /** Apache's name, for logs and errors. */
  readonly name: string
  readonly request: Request
  readonly response: Response
  readonly readRequest: FieldReader<Request>
  readonly writeRequest: FieldWriter<Request>
  readonly readResponse: FieldReader<Response>
  readonly writeResponse: FieldWriter<Response>
}

/** What sending a request needs of its API. */
export type RequestSide<Request extends Fields> = Pick<Api<Request>, 'code' | 'name' | 'writeRequest'>
/** What reading a reply needs of its API. */
export type ReplySide<Response extends Fields> = Pick<Api<Fields, Response>, 'readResponse'>

/** Header of a request of this API. */
export type RequestOf<Any> = Any extends { readonly request: infer Request extends Fields } ? HeaderOf<Request> : never
/** Header of a successful reply of this API. */
export type ResponseOf<Any> = Any extends { readonly response: infer Response extends Fields }
  ? HeaderOf<Response>
  : never

/** Declares a request code by one table: it is the type, the encoder and the decoder. */
export function defineApi<Request extends Fields, Response extends Fields>(table: {
  readonly code: number
  readonly name: string
  readonly request: Request
  readonly response: Response
}): Api<Request, Response> {
  return {
    ...table,
    readRequest: compileReader(table.name, table.request),
    writeRequest: compileWriter(table.request),
    readResponse: compileReader(`The reply to ${table.name}`, table.response),
    writeResponse: compileWriter(table.response),
  }
}
