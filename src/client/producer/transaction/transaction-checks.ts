import type { Logger } from '../../../base/log/index.ts'
import { PROPERTY, type ReceivedMessage } from '../../../message/index.ts'
import { type CheckTransactionState, EndTransaction, type Peer, type RequestOf } from '../../../remoting/index.ts'
import type { TransactionMember } from '../../connection/members.ts'
import type { SendHook } from '../send-hook.ts'
import type { CheckedMessage, CheckSettings } from './config.ts'
import { commitOrRollback, END_NAME, localOutcome } from './local-state.ts'

type CheckRequest = RequestOf<typeof CheckTransactionState>

/**
 * Answers brokers that ask about transactions of a group, at most `checkConcurrency` at a time. The answer goes back
 * over the connection the question came from; one that is lost is asked for again. Apache:
 * `DefaultMQProducerImpl.checkTransactionState`.
 */
export class TransactionChecks implements TransactionMember, AsyncDisposable {
  readonly group: string
  readonly #settings: CheckSettings
  readonly #hook: SendHook | undefined
  readonly #logger: Logger
  readonly #waiting: (() => Promise<void>)[] = []
  readonly #running = new Set<Promise<void>>()
  #closed = false

  constructor(group: string, settings: CheckSettings, hook: SendHook | undefined, logger: Logger) {
    this.group = group
    this.#hook = hook
    this.#settings = settings
    this.#logger = logger
  }

  check(request: CheckRequest, stored: ReceivedMessage, peer: Peer): void {
    if (this.#closed) return
    const { checkConcurrency, checksWaitingMax } = this.#settings
    if (this.#running.size < checkConcurrency) this.#run(() => this.#answer(request, stored, peer))
    else if (this.#waiting.length < checksWaitingMax) this.#waiting.push(() => this.#answer(request, stored, peer))
    else
      this.#logger.warn('a check of a transaction is dropped: too many wait', { group: this.group, checksWaitingMax })
  }

  /** Waits for the checks under way; those that wait are left to other members, or to a later start. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    this.#waiting.length = 0
    await Promise.all(this.#running)
  }

  #run(work: () => Promise<void>): void {
    const done: Promise<void> = work().then(() => {
      this.#running.delete(done)
      const next = this.#waiting.shift()
      if (next !== undefined) this.#run(next)
    })
    this.#running.add(done)
  }

  async #answer(request: CheckRequest, stored: ReceivedMessage, peer: Peer): Promise<void> {
    const { tranStateTableOffset, commitLogOffset, transactionId, topic, bname } = request
    const checkTimes = Number(stored.properties[PROPERTY.transactionCheckTimes] ?? 1)
    const message: CheckedMessage = { ...stored, transactionId: stored.messageId, checkTimes }
    const what = `the check of transaction ${message.transactionId}`
    const { state } = await localOutcome(() => this.#settings.check(message), what, this.#logger)
    peer.invokeOneway(EndTransaction, {
      topic,
      producerGroup: this.group,
      tranStateTableOffset,
      commitLogOffset,
      commitOrRollback: commitOrRollback(state),
      fromTransactionCheck: true,
      msgId: message.messageId,
      transactionId,
      bname,
    })
    this.#hook?.transactionEnded({
      topic: stored.topic,
      messageId: message.messageId,
      tag: stored.tag,
      keys: stored.properties[PROPERTY.keys],
      storeHost: peer.address,
      regionId: stored.properties[PROPERTY.messageRegion] ?? '',
      transactionId: transactionId ?? message.transactionId,
      end: END_NAME[state],
      fromCheck: true,
    })
  }
}
