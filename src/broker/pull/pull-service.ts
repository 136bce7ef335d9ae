// Hot path: every pull, and every held pull that wakes.
import { codeOf } from '../../base/errors/index.ts'
import {
  type Call,
  type Peer,
  PULL_FLAG,
  type PullMessage,
  RESPONSE_CODE,
  type RequestOf,
  type ResponseOf,
} from '../../remoting/index.ts'
import type { MessageStore, ReadResult } from '../../store/index.ts'
import type { BrokerConfig } from '../config.ts'
import type { Holdable, LongPolling } from '../long-polling/long-polling.ts'
import type { ConsumerOffsets } from '../offsets/consumer-offsets.ts'
import type { OffsetResets } from '../offsets/offset-resets.ts'
import type { BrokerStats } from '../stats/broker-stats.ts'
import type { PullChecks, PullPlan } from './pull-checks.ts'
import { pullCode } from './pull-status.ts'

/** Header of a pull. */
export type PullRequest = RequestOf<typeof PullMessage>
/** A call whose answer is the outcome of a pull. */
export type PullCall = Call<ResponseOf<typeof PullMessage>>

/** What pulls are answered from. */
export interface PullServices {
  readonly store: MessageStore
  readonly offsets: ConsumerOffsets
  readonly resets: OffsetResets
  readonly longPolling: LongPolling
  readonly stats: BrokerStats
}

/** The master: from where to pull next. Slaves are not suggested. */
const MASTER_ID = 0

/** Answers pulls: checks, reads, and holds those that find nothing. Apache: `PullMessageProcessor` (5.3.3). */
export class PullService {
  readonly #config: BrokerConfig
  readonly #checks: PullChecks
  readonly #store: MessageStore
  readonly #offsets: ConsumerOffsets
  readonly #resets: OffsetResets
  readonly #longPolling: LongPolling
  readonly #stats: BrokerStats

  constructor(config: BrokerConfig, checks: PullChecks, services: PullServices) {
    const { store, offsets, resets, longPolling, stats } = services
    this.#config = config
    this.#checks = checks
    this.#store = store
    this.#offsets = offsets
    this.#resets = resets
    this.#longPolling = longPolling
    this.#stats = stats
  }

  /** Answers a pull now or later. */
  pull(code: number, request: PullRequest, call: PullCall): void {
    const plan = this.#checks.check(code, request, call)
    if (plan === undefined) return
    const { consumerGroup, topic, queueId } = request
    const isReset = this.#resets.pending(consumerGroup, topic, queueId) !== undefined
    if ((request.sysFlag & PULL_FLAG.commitOffset) !== 0 && !isReset) {
      this.#offsets.set(consumerGroup, topic, queueId, request.commitOffset)
    }
    this.#read(new PullTask(this, code, request, call, plan), (request.sysFlag & PULL_FLAG.suspend) !== 0)
  }

  /** Runs a held pull again, checks included, since much may have changed; it is answered whatever it finds. */
  resume(task: PullTask): void {
    const plan = this.#checks.check(task.code, task.request, task.call)
    if (plan === undefined) return
    task.plan = plan
    this.#read(task, false)
  }

  /** Where the first message that a held pull wants lies at or behind `from`; where to look next when there is none. */
  findWanted(task: PullTask, from: number): { readonly isFound: boolean; readonly next: number } {
    const { topic, queueId, plan } = task
    const { accepts, acceptsUnit, acceptsRecord } = plan
    const read = this.#store.read(topic, queueId, from, { maxMessages: 1, accepts, acceptsUnit, acceptsRecord })
    // What has just arrived is in memory; should it not be, the pull looks for itself.
    if (read instanceof Promise) {
      read.catch(() => undefined)
      return { isFound: true, next: from }
    }
    return { isFound: read.status === 'FOUND', next: read.nextOffset }
  }

  #read(task: PullTask, mayHold: boolean): void {
    const { topic, queueId, offset, request, plan } = task
    const resetTo = this.#resets.tell(request.consumerGroup, topic, queueId, offset)
    if (resetTo !== undefined) {
      this.#reset(task, resetTo)
      return
    }
    const { accepts, acceptsUnit, acceptsRecord } = plan
    const limits = { maxMessages: Math.max(1, request.maxMsgNums), accepts, acceptsUnit, acceptsRecord }
    const result = this.#store.read(topic, queueId, offset, limits)
    if (!(result instanceof Promise)) {
      this.#answer(task, result, mayHold)
      return
    }
    result.then(
      (read) => this.#answer(task, read, mayHold),
      (failure) => {
        if (codeOf(failure) === 'RMQ_STORE_TOO_MANY_READS') refuseBusy(task)
        else task.call.fail(failure)
      },
    )
  }

  #answer(task: PullTask, read: ReadResult, mayHold: boolean): void {
    const code = pullCode(read.status, task.offset)
    if (code === RESPONSE_CODE.SUCCESS) {
      this.#stats.fetched(task.plan.group.groupName, task.topic, read.messageCount, read.bytes)
    } else this.#stats.foundNothing()
    if (code === RESPONSE_CODE.PULL_NOT_FOUND && mayHold) {
      this.#hold(task)
      return
    }
    const { group, topicSysFlag } = task.plan
    task.call.reply({
      code,
      remark: read.status,
      header: {
        suggestWhichBrokerId: MASTER_ID,
        nextBeginOffset: read.nextOffset,
        minOffset: read.minOffset,
        maxOffset: read.maxOffset,
        topicSysFlag,
        groupSysFlag: group.groupSysFlag,
      },
      fields: undefined,
      body: code === RESPONSE_CODE.SUCCESS ? read.slices : undefined,
    })
  }

  /** The group was moved in the queue. */
  #reset({ call, topic, queueId, plan }: PullTask, nextBeginOffset: number): void {
    call.reply({
      code: RESPONSE_CODE.PULL_OFFSET_MOVED,
      remark: 'OFFSET_RESET',
      header: {
        suggestWhichBrokerId: MASTER_ID,
        nextBeginOffset,
        minOffset: this.#store.minOffset(topic, queueId),
        maxOffset: this.#store.maxOffset(topic, queueId),
        topicSysFlag: plan.topicSysFlag,
        groupSysFlag: plan.group.groupSysFlag,
      },
    })
  }

  #hold(task: PullTask): void {
    const { topic, queueId, offset } = task
    // A read from the disk takes a while, in which a message may have arrived that nobody would wake this pull for.
    if (this.#store.maxOffset(topic, queueId) > offset) {
      this.#read(task, true)
      return
    }
    const { longPollingEnable, shortPollingTimeMills } = this.#config
    const holdMs = longPollingEnable ? task.request.suspendTimeoutMillis : shortPollingTimeMills
    if (this.#longPolling.hold(task, holdMs)) return
    refuseBusy(task)
  }
}

function refuseBusy({ call }: PullTask): void {
  call.reply({ code: RESPONSE_CODE.SYSTEM_BUSY, remark: '[OVERLOAD]system busy, start flow control for a while' })
}

/** A pull that passed the checks; when nothing is found it is what is held. */
class PullTask implements Holdable {
  readonly peer: Peer
  readonly topic: string
  readonly queueId: number
  readonly group: string
  readonly offset: number
  readonly code: number
  readonly request: PullRequest
  readonly call: PullCall
  plan: PullPlan
  /** Up to here nothing is wanted, by the records themselves. */
  #looked = 0
  readonly #service: PullService

  constructor(service: PullService, code: number, request: PullRequest, call: PullCall, plan: PullPlan) {
    this.peer = call.peer
    this.topic = request.topic
    this.queueId = request.queueId
    this.group = request.consumerGroup
    this.offset = request.queueOffset
    this.code = code
    this.request = request
    this.call = call
    this.plan = plan
    this.#service = service
  }

  get accepts(): PullPlan['accepts'] {
    return this.plan.accepts
  }

  /** Looks at each arrived message once, however many arrive together. */
  acceptsAt(queueOffset: number): boolean {
    if (this.plan.acceptsRecord === undefined) return true
    if (queueOffset < this.#looked) return false
    const { isFound, next } = this.#service.findWanted(this, queueOffset)
    this.#looked = next
    return isFound
  }

  wake(): void {
    this.#service.resume(this)
  }
}
