import { defineErrors } from '../base/errors/index.ts'
import { responseCodeName } from './codes.ts'

export const remotingErrors = defineErrors({
  /** A handler throws it to answer with this code; a caller gets it when the peer answered so. */
  RMQ_REFUSED: (d: { responseCode: number; remark: string; address?: string; request?: string }) =>
    `${d.request ?? 'The request'} was refused${d.address === undefined ? '' : ` by ${d.address}`} with ` +
    `${responseCodeName(d.responseCode)}: ${d.remark}`,
  RMQ_REQUEST_TIMEOUT: (d: { address: string; request: string; timeoutMs: number }) =>
    `${d.address} did not answer ${d.request} within ${d.timeoutMs} ms. It may be overloaded or unreachable; it may still have done the work.`,
  RMQ_CONNECTION_LOST: (d: { address: string; reason: string }) =>
    `The connection to ${d.address} was lost: ${d.reason}. Requests under way may have been carried out.`,
  RMQ_TOO_MANY_REQUESTS: (d: { address: string; inFlightMax: number }) =>
    `${d.inFlightMax} requests to ${d.address} are already under way. Wait for answers, or raise inFlightMax.`,
  RMQ_FRAME_TOO_LARGE: (d: { frameBytes: number; frameBytesMax: number }) =>
    `A frame of ${d.frameBytes} bytes is larger than frameBytesMax (${d.frameBytesMax}). Send smaller messages or batches.`,
  RMQ_FRAME_MALFORMED: (d: { reason: string }) => `The peer sent bytes that are not RocketMQ's protocol: ${d.reason}.`,
  RMQ_FIELD_MISSING: (d: { request: string; field: string }) => `${d.request} needs the header field "${d.field}".`,
  RMQ_FIELD_ILLEGAL: (d: { request: string; field: string; value: string; expected: string }) =>
    `${d.request} has "${d.value}" in header field "${d.field}": expected ${d.expected}.`,
  RMQ_BODY_MALFORMED: (d: { what: string; reason: string }) => `The body of ${d.what} cannot be read: ${d.reason}.`,
  RMQ_CLIENT_CLOSED: (d: { address: string }) => `No request can be sent to ${d.address}: this client is closed.`,
})
