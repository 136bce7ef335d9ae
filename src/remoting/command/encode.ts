// Hot path: every frame that goes out passes here.
import { OUR_LANGUAGE, PROTOCOL_VERSION } from '../codes.ts'
import { quoteJson } from '../fields.ts'
import { COMMAND_FLAG } from './command.ts'

/** Bytes in front of a header: length, serialization and header length. */
export const PREFIX_BYTES = 8

const TAIL = `,"serializeTypeCurrentRPC":"JSON","version":${PROTOCOL_VERSION}}`
const LANGUAGE = `,"language":"${OUR_LANGUAGE}","opaque":`

/** The JSON header of a request; `fields` is the inside of `extFields`. */
export function requestHeader(code: number, opaque: number, fields: string, oneway: boolean): string {
  return `{"code":${code},"extFields":{${fields}},"flag":${oneway ? COMMAND_FLAG.oneway : 0}${LANGUAGE}${opaque}${TAIL}`
}

/** The JSON header of a reply; `fields` is the inside of `extFields`. */
export function replyHeader(code: number, opaque: number, fields: string, remark: string | undefined): string {
  const remarkPart = remark === undefined ? '' : `,"remark":${quoteJson(remark)}`
  return `{"code":${code},"extFields":{${fields}},"flag":${COMMAND_FLAG.response}${LANGUAGE}${opaque}${remarkPart}${TAIL}`
}

/** The inside of `extFields` as a table wrote it, with fields that the table does not have behind it. */
export function addFields(written: string, extra: Readonly<Record<string, string>> | undefined): string {
  let text = written
  for (const name in extra) {
    const value = extra[name]
    if (value !== undefined) text += `${text === '' ? '' : ','}${quoteJson(name)}:${quoteJson(value)}`
  }
  return text
}
