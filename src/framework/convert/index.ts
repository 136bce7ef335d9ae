// Payloads: from bytes and to bytes, by content type.
export { contentTypeOf } from './content-type.ts'
export { convertPayload, naturalPayload } from './inbound.ts'
export { type Body, toBody } from './outbound.ts'
