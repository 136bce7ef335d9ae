import { RESPONSE_CODE } from '../../remoting/index.ts'
import type { ReadStatus } from '../../store/index.ts'

/** The code a store's answer has for a consumer. Apache: `PullMessageProcessor.composeResponseHeader` (5.3.3). */
export function pullCode(status: ReadStatus, offset: number): number {
  switch (status) {
    case 'FOUND':
      return RESPONSE_CODE.SUCCESS
    case 'NO_MATCHED_MESSAGE':
    case 'MESSAGE_WAS_REMOVING':
      return RESPONSE_CODE.PULL_RETRY_IMMEDIATELY
    case 'NO_MESSAGE_IN_QUEUE':
      return offset === 0 ? RESPONSE_CODE.PULL_NOT_FOUND : RESPONSE_CODE.PULL_OFFSET_MOVED
    case 'OFFSET_OVERFLOW_ONE':
    case 'OFFSET_FOUND_NULL':
      return RESPONSE_CODE.PULL_NOT_FOUND
    case 'OFFSET_TOO_SMALL':
    case 'OFFSET_OVERFLOW_BADLY':
      return RESPONSE_CODE.PULL_OFFSET_MOVED
  }
}
