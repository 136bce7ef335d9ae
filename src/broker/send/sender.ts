// Hot path: every sent message is stored and answered here.
import type { Logger } from '../../base/log/index.ts'
import { hostBytes } from '../../message/index.ts'
import { type Call, type Peer, RESPONSE_CODE, type ResponseOf, type SendMessageV2 } from '../../remoting/index.ts'
import type { AppendResult, AppendStatus, MessageStore } from '../../store/index.ts'
import type { BrokerIdentity } from '../identity.ts'
import { offsetId } from './offset-id.ts'
import type { PendingBatch, PendingSend } from './pending-send.ts'
import type { SendStatus } from './send-status.ts'

/** A call whose answer is the outcome of a send. */
export type SendCall = Call<ResponseOf<typeof SendMessageV2>>

/** Hands sends to the store and answers them, at most `inFlightMax` at a time. */
export class Sender {
  readonly #store: MessageStore
  readonly #identity: BrokerIdentity
  readonly #statuses: Readonly<Record<AppendStatus, SendStatus>>
  readonly #inFlightMax: number
  readonly #logger: Logger
  readonly #hosts = new WeakMap<Peer, Buffer>()
  #inFlight = 0
  #failed = 0
  #isRefusing = false

  constructor(
    store: MessageStore,
    identity: BrokerIdentity,
    statuses: Readonly<Record<AppendStatus, SendStatus>>,
    inFlightMax: number,
    logger: Logger,
  ) {
    this.#store = store
    this.#identity = identity
    this.#statuses = statuses
    this.#inFlightMax = inFlightMax
    this.#logger = logger
  }

  /** Sends being stored now. */
  get inFlight(): number {
    return this.#inFlight
  }

  /** Sends that could not be stored. */
  get failed(): number {
    return this.#failed
  }

  /** Whether one more send may begin; false: the call is answered. */
  admits(call: SendCall): boolean {
    if (this.#inFlight < this.#inFlightMax) {
      this.#isRefusing = false
      return true
    }
    if (!this.#isRefusing) {
      this.#isRefusing = true
      this.#logger.warn('sends are refused: too many are being stored', {
        sendThreadPoolQueueCapacity: this.#inFlightMax,
      })
    }
    call.reply({ code: RESPONSE_CODE.SYSTEM_BUSY, remark: '[OVERLOAD]system busy, start flow control for a while' })
    return false
  }

  /** Address and port of the producer, in the form that records have. */
  bornHost(peer: Peer): Buffer {
    let host = this.#hosts.get(peer)
    if (host === undefined) {
      const { host: address, port } = peer.remote
      host = hostBytes(address, port)
      this.#hosts.set(peer, host)
    }
    return host
  }

  /** Stores one message; the call is answered when it is stored. */
  send(message: PendingSend): void {
    this.#inFlight++
    this.#store.append(message, message)
  }

  /** Stores a batch; the call is answered when it is stored. */
  sendBatch(batch: PendingBatch): void {
    this.#inFlight++
    this.#store.appendBatch(batch, batch)
  }

  /** For the receivers: the outcome of one send. */
  answer(
    call: SendCall,
    result: AppendResult,
    queueId: number,
    transactionId: string | undefined,
    batchUniqId?: string,
  ): void {
    this.#inFlight--
    const { code, remark, isStored } = this.#statuses[result.status]
    if (!isStored) {
      this.#failed++
      call.reply({ code, remark })
      return
    }
    const { messageIdPrefix, sendReplyFields } = this.#identity
    const msgId =
      result.physicalOffsets.length === 0
        ? offsetId(messageIdPrefix, result.physicalOffset)
        : result.physicalOffsets.map((offset) => offsetId(messageIdPrefix, offset)).join(',')
    call.reply({
      code,
      remark,
      header: { msgId, queueId, queueOffset: result.queueOffset, transactionId, batchUniqId },
      fields: sendReplyFields,
      body: undefined,
    })
  }
}
