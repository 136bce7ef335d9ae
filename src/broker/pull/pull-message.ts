import { type Handler, PullMessage } from '../../remoting/index.ts'
import type { PullService } from './pull-service.ts'

/** Messages of one queue, from an offset on. Apache: `PullMessageProcessor` (5.3.3). */
export function pullMessage(pulls: PullService): Handler<typeof PullMessage> {
  return (request, call) => {
    pulls.pull(PullMessage.code, request, call)
    return undefined
  }
}
