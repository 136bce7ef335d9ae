// Hot path: one object, one promise and one callback per message sent.
import { deferred, withTimeout } from '../../base/async/index.ts'
import { codeOf, textOf } from '../../base/errors/index.ts'
import type { Message, MessageQueue } from '../../message/index.ts'
import { type Command, type Peer, refusal, SendBatchMessage, SendMessageV2 } from '../../remoting/index.ts'
import { clientErrors, type SendAttempt } from '../errors.ts'
import type { TopicRoute } from '../route/topic-route.ts'
import type { Outgoing } from './outgoing.ts'
import { pauseBeforeRetry, retriesCode, retriesFailure } from './retry-policy.ts'
import { readSendResult, type SendResult, sendStatus } from './send-result.ts'
import type { Sender } from './sender.ts'

/** The caller's choice of a queue: a queue, or a function that picks one. The message goes nowhere else. */
export type QueueChoice = MessageQueue | ((queues: readonly MessageQueue[], message: Message) => MessageQueue)

/**
 * One send with its attempts. Apache: `DefaultMQProducerImpl.sendDefaultImpl, sendKernelImpl`.
 * Invariant: the promise settles exactly once, and `sender.finished` is called exactly once, before it.
 */
export class SendCall {
  readonly promise: Promise<SendResult>
  readonly sent: Outgoing
  readonly #done = deferred<SendResult>()
  readonly #sender: Sender
  readonly #timeoutMs: number
  readonly #fixed: MessageQueue | ((queues: readonly MessageQueue[]) => MessageQueue) | undefined
  #queue: MessageQueue | undefined
  #deadlineMs = 0
  #attemptMs = 0
  #attempts: SendAttempt[] | undefined
  #stored: SendResult | undefined
  #createsTopic = false

  constructor(
    sender: Sender,
    sent: Outgoing,
    timeoutMs: number,
    fixed: MessageQueue | ((queues: readonly MessageQueue[]) => MessageQueue) | undefined,
  ) {
    this.promise = this.#done.promise
    this.#sender = sender
    this.sent = sent
    this.#timeoutMs = timeoutMs
    this.#fixed = fixed
  }

  /** Makes the first attempt. */
  start(): void {
    this.#attemptMs = this.#sender.clock.monotonicMs()
    this.#deadlineMs = this.#attemptMs + this.#timeoutMs
    const route = this.#sender.publishRoute(this.sent.topic)
    if (route !== undefined) this.#begin(route)
    else this.#findRoute()
  }

  #findRoute(): void {
    const tooLate = (): never => {
      throw this.#timedOut()
    }
    withTimeout(this.#sender.clock, this.#sender.findPublishRoute(this.sent.topic), this.#timeoutMs, tooLate).then(
      (route) => this.#begin(route),
      (failure) => this.#reject(failure),
    )
  }

  #begin(route: TopicRoute): void {
    this.#createsTopic = route.provisional
    try {
      this.#queue = chosenQueue(this.sent.topic, this.#fixed, route) ?? this.#sender.nextQueue(route, undefined)
    } catch (failure) {
      this.#reject(failure)
      return
    }
    this.#attempt(this.#queue)
  }

  #attempt(queue: MessageQueue): void {
    const { brokerName } = queue
    const address = this.#sender.brokers.master(brokerName)
    if (address === undefined) {
      this.#failed(clientErrors.RMQ_BROKER_NOT_FOUND({ brokerName, topic: queue.topic }), undefined)
      return
    }
    const peer = this.#sender.connections.open(address)
    if (peer !== undefined) this.#sendTo(peer, queue)
    else this.#connect(address, queue)
  }

  #connect(address: string, queue: MessageQueue): void {
    const leftMs = Math.max(1, this.#deadlineMs - this.#sender.clock.monotonicMs())
    const tooLate = (): never => {
      throw this.#timedOut()
    }
    withTimeout(this.#sender.clock, this.#sender.connections.connect(address), leftMs, tooLate).then(
      (peer) => this.#sendTo(peer, queue),
      (failure) => this.#failed(failure, undefined),
    )
  }

  #sendTo(peer: Peer, queue: MessageQueue): void {
    const api = this.sent.batch ? SendBatchMessage : SendMessageV2
    const timeoutMs = Math.max(1, this.#deadlineMs - this.#sender.clock.monotonicMs())
    peer.send(api, this.#sender.header(this.sent, queue), { body: this.sent.body, timeoutMs }, (command, failure) => {
      if (command === undefined) this.#failed(failure, undefined)
      else this.#answered(command, queue, peer)
    })
  }

  #answered(command: Command, queue: MessageQueue, peer: Peer): void {
    const status = sendStatus(command.code)
    const { slowBrokers, clock } = this.#sender
    if (slowBrokers !== undefined && status !== undefined) {
      const nowMs = clock.monotonicMs()
      slowBrokers.answered(queue.brokerName, nowMs - this.#attemptMs, nowMs)
    }
    if (status === undefined) {
      this.#failed(refusal('SEND_MESSAGE', command, peer.address), command.code)
      return
    }
    try {
      const result = readSendResult(status, command, queue, this.sent)
      const { hook, clock } = this.#sender
      if (hook !== undefined) hook.sent(this.sent, result, peer.address, clock.monotonicMs() - this.#attemptMs)
      if (status === 'SEND_OK' || !this.#sender.settings.retryOtherBrokerOnNotStored) this.#resolve(result)
      else {
        this.#stored = result
        this.#failed(refusal('SEND_MESSAGE', command, peer.address), command.code, true)
      }
    } catch (unreadable) {
      this.#reject(unreadable)
    }
  }

  #failed(failure: unknown, responseCode: number | undefined, retryAnyway = false): void {
    const { clock, settings } = this.#sender
    const queue = this.#queue as MessageQueue
    const nowMs = clock.monotonicMs()
    // A broker that stored the message, though not as safely as wanted, has answered.
    if (!retryAnyway) this.#sender.slowBrokers?.failed(queue.brokerName, nowMs)
    this.#attempts ??= []
    const ms = Math.round(nowMs - this.#attemptMs)
    this.#attempts.push({ broker: queue.brokerName, reason: textOf(failure), ms })
    const retries =
      retryAnyway ||
      (responseCode === undefined ? retriesFailure(failure) : retriesCode(responseCode, this.#fixed !== undefined))
    if (responseCode === undefined) this.#sender.routeIsDoubtful(queue.topic)
    if (!retries || this.#attempts.length > settings.retriesMax || this.#sender.closing) {
      this.#giveUp(failure, responseCode)
      return
    }
    const next = this.#fixed === undefined ? this.#sender.otherQueue(queue) : queue
    const pauseMs = pauseBeforeRetry(this.#attempts.length, next.brokerName === queue.brokerName)
    if (nowMs + pauseMs >= this.#deadlineMs) {
      this.#giveUp(failure, responseCode)
      return
    }
    const again = (): void => {
      this.#queue = next
      this.#attemptMs = clock.monotonicMs()
      this.#attempt(next)
    }
    if (pauseMs === 0) again()
    else clock.setTimeout(again, pauseMs)
  }

  #giveUp(failure: unknown, responseCode: number | undefined): void {
    const code = codeOf(failure)
    if (this.#stored !== undefined) this.#resolve(this.#stored)
    else if (code === 'RMQ_REQUEST_TIMEOUT' || code === 'RMQ_SEND_TIMEOUT') this.#reject(this.#timedOut(failure))
    else {
      const attempts = this.#attempts ?? []
      const details = { topic: this.sent.topic, attempts, ...(responseCode === undefined ? {} : { responseCode }) }
      this.#reject(clientErrors.RMQ_SEND_FAILED(details, failure))
    }
  }

  #timedOut(cause?: unknown): Error {
    const { topic } = this.sent
    const attempts = this.#attempts ?? []
    return clientErrors.RMQ_SEND_TIMEOUT({ topic, timeoutMs: this.#timeoutMs, attempts }, cause)
  }

  #resolve(result: SendResult): void {
    if (this.#createsTopic) this.#sender.routeIsDoubtful(this.sent.topic)
    this.#sender.finished(this.sent)
    this.#done.resolve(result)
  }

  #reject(failure: unknown): void {
    this.#sender.finished(this.sent)
    this.#done.reject(failure)
  }
}

/** The caller's queue, if the caller chose one. */
export function chosenQueue(
  topic: string,
  fixed: MessageQueue | ((queues: readonly MessageQueue[]) => MessageQueue) | undefined,
  route: TopicRoute,
): MessageQueue | undefined {
  if (fixed === undefined) return undefined
  let queue: MessageQueue | undefined
  try {
    queue = typeof fixed === 'function' ? fixed(route.publishQueues) : fixed
  } catch (failure) {
    throw clientErrors.RMQ_QUEUE_ILLEGAL({ topic, reason: `the selector threw "${textOf(failure)}"` }, failure)
  }
  if (typeof queue !== 'object' || queue === null) {
    throw clientErrors.RMQ_QUEUE_ILLEGAL({ topic, reason: 'the selector returned none' })
  }
  if (queue.topic === topic) return queue
  throw clientErrors.RMQ_QUEUE_ILLEGAL({ topic, reason: `the queue is one of topic "${queue.topic}"` })
}
