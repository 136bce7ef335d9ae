// Hot path: one object per send is both what the store takes and what it calls back.
import { SYS_FLAG } from '../../message/index.ts'
import type { AppendBatch, AppendBatchPart, AppendMessage, AppendReceiver, AppendResult } from '../../store/index.ts'
import type { SendProperties } from './scan-properties.ts'
import type { SendRequest, SendTarget } from './send-target.ts'
import type { SendCall, Sender } from './sender.ts'

/** One message on its way. */
export class PendingSend implements AppendMessage, AppendReceiver {
  topic: string
  queueId: number
  readonly flag: number
  sysFlag: number
  readonly bornTimestamp: number
  readonly bornHost: Buffer
  readonly reconsumeTimes: number
  readonly preparedTransactionOffset = 0
  readonly body: Buffer
  properties: string
  readonly waitStoreOk: boolean
  readonly #sender: Sender
  readonly #call: SendCall
  /** The reply names the queue that was asked for, also when the message waits in another one. */
  readonly #askedQueueId: number
  readonly #uniqueKey: string
  #isBatch = false

  constructor(
    sender: Sender,
    call: SendCall,
    request: SendRequest,
    target: SendTarget,
    found: SendProperties,
    uniqueKey: string,
  ) {
    this.topic = target.topicName
    this.queueId = target.queueId
    this.flag = request.flag
    this.sysFlag = request.sysFlag
    this.bornTimestamp = request.bornTimestamp
    this.bornHost = sender.bornHost(call.peer)
    this.reconsumeTimes = request.reconsumeTimes ?? 0
    this.body = call.body
    this.properties = ''
    this.waitStoreOk = found.waitStoreOk
    this.#sender = sender
    this.#call = call
    this.#askedQueueId = target.queueId
    this.#uniqueKey = uniqueKey
  }

  /** Its body is a batch, to be stored as one record. */
  becomeInnerBatch(): void {
    this.#isBatch = true
    this.sysFlag |= SYS_FLAG.needUnwrap | SYS_FLAG.innerBatch
  }

  /** By the unique id of a batch the producer sees that the messages inside have no ids of their own here. */
  appended(result: AppendResult): void {
    const batchId = this.#isBatch ? this.#uniqueKey : undefined
    this.#sender.answer(this.#call, result, this.#askedQueueId, this.#uniqueKey, batchId)
  }
}

/** One batch on its way. */
export class PendingBatch implements AppendBatch, AppendReceiver {
  readonly topic: string
  readonly queueId: number
  readonly sysFlag: number
  readonly bornTimestamp: number
  readonly bornHost: Buffer
  readonly reconsumeTimes: number
  readonly properties: string
  readonly waitStoreOk: boolean
  readonly parts: readonly AppendBatchPart[]
  readonly #sender: Sender
  readonly #call: SendCall
  readonly #uniqueKey: string | undefined

  constructor(
    sender: Sender,
    call: SendCall,
    request: SendRequest,
    target: SendTarget,
    found: SendProperties,
    properties: string,
    parts: readonly AppendBatchPart[],
  ) {
    this.topic = target.topicName
    this.queueId = target.queueId
    this.sysFlag = request.sysFlag
    this.bornTimestamp = request.bornTimestamp
    this.bornHost = sender.bornHost(call.peer)
    this.reconsumeTimes = request.reconsumeTimes ?? 0
    this.properties = properties
    this.waitStoreOk = found.waitStoreOk
    this.parts = parts
    this.#sender = sender
    this.#call = call
    this.#uniqueKey = found.uniqueKey
  }

  appended(result: AppendResult): void {
    this.#sender.answer(this.#call, result, this.queueId, this.#uniqueKey)
  }
}
