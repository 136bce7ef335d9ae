// Hot path: one object per send is both what the store takes and what it calls back.
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

  appended(result: AppendResult): void {
    this.#sender.answer(this.#call, result, this.#askedQueueId, this.#uniqueKey)
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
