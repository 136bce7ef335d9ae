import { type Handler, LitePullMessage } from '../../remoting/index.ts'
import type { PullService } from './pull-service.ts'

/** Messages of one queue for a lite pull consumer. Apache: `PullMessageProcessor` (5.3.3). */
export function litePullMessage(pulls: PullService): Handler<typeof LitePullMessage> {
  return (request, call) => {
    pulls.pull(LitePullMessage.code, request, call)
    return undefined
  }
}
