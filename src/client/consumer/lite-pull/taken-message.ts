import { clientErrors } from '../../errors.ts'
import type { SendBack } from '../push/send-back.ts'
import { finish } from './handed-out.ts'
import type { Handout, Inbox } from './inbox.ts'
import type { TakenMessage } from './lite-pull-consumer.ts'

/** What settling messages one by one needs. */
export interface TakenParts {
  readonly group: string
  readonly inbox: Inbox
  readonly sendBack: SendBack
  /** Some message is settled: there is room for others. */
  readonly onSettled: () => void
}

/** A delay level that means: to the dead letters. */
const DEAD_LETTER_LEVEL = -1

/** Puts one message into the program's own hand. */
export function takenMessage(handout: Handout, parts: TakenParts): TakenMessage | undefined {
  const [cached] = handout.batch
  if (cached === undefined) return undefined
  let settled = false
  const once = (): boolean => {
    const isFirst = !settled
    settled = true
    return isFirst
  }
  const done = (): void => {
    finish(handout)
    parts.onSettled()
  }
  const { message } = cached
  return {
    message,
    done() {
      if (once()) done()
    },
    putBack() {
      if (once()) parts.inbox.putBack(handout)
    },
    async reject() {
      if (!once()) return
      if (await parts.sendBack.giveBack(cached, DEAD_LETTER_LEVEL)) {
        done()
        return
      }
      parts.inbox.putBack(handout)
      throw clientErrors.RMQ_GIVE_BACK_FAILED({ messageId: message.messageId, group: parts.group })
    },
  }
}
