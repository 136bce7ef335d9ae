import { codeOf, textOf } from '../base/errors/index.ts'
import { RESPONSE_CODE } from './codes.ts'

/** Why a tool's change of settings was refused, as an answer; anything else is thrown on. */
export function configRefusal(failure: unknown): { readonly code: number; readonly remark: string } {
  switch (codeOf(failure)) {
    case 'RMQ_CONFIG_PROTECTED':
      return { code: RESPONSE_CODE.NO_PERMISSION, remark: 'Can not update config in black list.' }
    case 'RMQ_CONFIG_UNKNOWN':
    case 'RMQ_CONFIG_VALUE':
      return { code: RESPONSE_CODE.INVALID_PARAMETER, remark: textOf(failure) }
    default:
      throw failure
  }
}
