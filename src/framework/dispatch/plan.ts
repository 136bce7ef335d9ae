import type { AnyClass, ListenerRecord, ParameterRecord, PayloadSpec } from '../../../decorators/index.ts'
import { channelsOf, listenersOf, parametersOf, sendTosOf } from '../../../decorators/index.ts'
import { type DeclaredBinding, requireBinding, requirePushedInput } from '../binding/declare.ts'
import { frameworkErrors } from '../errors.ts'
import { compileCondition, type MessageView } from '../expression/index.ts'
import { isErrorChannelName } from '../failures/index.ts'
import type { ServiceFunction } from '../functions/functions.ts'

/** What one parameter of a listener gets. */
export type ParameterPlan =
  | { readonly kind: 'payload'; readonly type: PayloadSpec | undefined }
  | { readonly kind: 'message'; readonly type: PayloadSpec | undefined }
  | { readonly kind: 'header'; readonly name: string; readonly required: boolean; readonly defaultValue: unknown }
  | { readonly kind: 'headers' }
  | { readonly kind: 'output'; readonly channel: string }
  | {
      readonly kind: 'stream'
      readonly channel: string
      readonly item: 'payload' | 'message'
      readonly type: PayloadSpec | undefined
    }

/** A listener method, checked. */
export interface ListenerPlan {
  /** `OrderService.onOrder`, for messages to people. */
  readonly listener: string
  readonly service: AnyClass
  readonly member: string | symbol
  /** Called per message of this channel; undefined: called once, with streams. */
  readonly channel: string | undefined
  /** True: the channel is one for failures. */
  readonly isError: boolean
  readonly condition: ((message: MessageView) => boolean) | undefined
  readonly parameters: readonly ParameterPlan[]
  /** Where results go. */
  readonly output: string | undefined
  readonly copyHeaders: boolean
  /** Whether a result that is an array is one message for each element. */
  readonly split: boolean
  /** Of a stream: whether items stay open until they are settled by hand. */
  readonly manualAck: boolean
  /** Of a stream: items that may be open; undefined: as the binding says. */
  readonly maxInFlight: number | undefined
}

/** Most items of a stream that may be open. */
const IN_FLIGHT_MOST = 10_000

/**
 * Reads and checks the listeners and functions of the services.
 * @throws RMQ_LISTENER  a listener that cannot work as it is declared; names class, method and what to write
 * @throws RMQ_BINDING_UNKNOWN  a channel that no contract declares
 * @throws RMQ_EXPRESSION  a condition that cannot be read
 */
export function planListeners(
  services: readonly AnyClass[],
  functions: readonly ServiceFunction[],
  bindings: ReadonlyMap<string, DeclaredBinding>,
): readonly ListenerPlan[] {
  const plans = [
    ...services.flatMap((service) => listenersOf(service).map((record) => planOne(service, record, bindings))),
    ...functions.filter(({ kind }) => kind !== 'supplier').map(planFunction),
  ]
  for (const plan of plans) checkCompany(plan, plans)
  return plans
}

function planOne(
  service: AnyClass,
  record: ListenerRecord,
  bindings: ReadonlyMap<string, DeclaredBinding>,
): ListenerPlan {
  const listener = `${service.name}.${String(record.member)}`
  const fail = (reason: string): never => {
    throw frameworkErrors.RMQ_LISTENER({ listener, reason })
  }
  if (channelsOf(service).some((one) => one.member === record.member && one.direction === 'input'))
    fail('@Input cannot stand on a listener method. Put it on a parameter, or name the channel in @StreamListener.')
  const streaming = parametersOf(service, record.member).some(({ kind }) => kind === 'channel')
  checkMode(record, streaming, fail)
  checkStreamOptions(record, streaming, fail)
  const parameters = planParameters(service, record.member, streaming, fail)
  const output = outputOf(service, record.member, fail)
  const isError = record.channel !== undefined && !bindings.has(record.channel) && isErrorChannelName(record.channel)
  if (record.channel !== undefined && !isError) requirePushedInput(bindings, record.channel, listener)
  if (output !== undefined) requireBinding(bindings, 'output', output, listener)
  for (const parameter of parameters) {
    if (parameter.kind === 'stream') requirePushedInput(bindings, parameter.channel, listener)
    if (parameter.kind === 'output') requireBinding(bindings, 'output', parameter.channel, listener)
  }
  const condition = record.condition === '' ? undefined : compileCondition(record.condition, `${listener}, condition`)
  const { member, channel, copyHeaders, maxInFlight } = record
  const manualAck = record.ack === 'manual'
  if (manualAck && parameters.some((parameter) => parameter.kind === 'stream' && parameter.item === 'payload'))
    fail(
      "ack: 'manual' needs messages, because a payload has no acknowledgement. Use @Message(…) instead of @Payload(…).",
    )
  const checked = { listener, service, member, channel, isError, condition, parameters, output, copyHeaders }
  return { ...checked, split: false, manualAck, maxInFlight }
}

/** A function or consumer is a listener whose channels follow from its name. */
function planFunction({ place, service, member, input, output }: ServiceFunction): ListenerPlan {
  const fail = (reason: string): never => {
    throw frameworkErrors.RMQ_LISTENER({ listener: place, reason })
  }
  const parameters = planParameters(service, member, false, fail)
  if (parameters.some(({ kind }) => kind === 'stream' || kind === 'output'))
    fail('a function has the bindings of its name. For @Input and @Output on parameters use @StreamListener().')
  const common = { isError: false, condition: undefined, copyHeaders: true, split: true }
  const noStream = { manualAck: false, maxInFlight: undefined }
  return { listener: place, service, member, channel: input, parameters, output, ...common, ...noStream }
}

type Fail = (reason: string) => never

function checkMode(record: ListenerRecord, streaming: boolean, fail: Fail): void {
  if (record.channel === undefined && !streaming)
    fail("it has no input. Name a channel, @StreamListener('input'), or give it a parameter @Input('input').")
  if (record.channel !== undefined && streaming)
    fail(`@StreamListener('${record.channel}') and @Input or @Output on a parameter exclude each other; name it once.`)
  if (record.condition !== '' && streaming) fail('a condition cannot select from a stream. Use filter() in the stream.')
}

function checkStreamOptions({ ack, maxInFlight }: ListenerRecord, streaming: boolean, fail: Fail): void {
  if (ack !== undefined && ack !== 'auto' && ack !== 'manual')
    fail(`ack is "${String(ack)}": expected 'auto' or 'manual'.`)
  if (
    maxInFlight !== undefined &&
    !(Number.isInteger(maxInFlight) && maxInFlight >= 1 && maxInFlight <= IN_FLIGHT_MOST)
  )
    fail(`maxInFlight is ${maxInFlight}: expected a whole number from 1 to ${IN_FLIGHT_MOST}.`)
  if (!streaming && (ack !== undefined || maxInFlight !== undefined))
    fail(
      'ack and maxInFlight are for streams. A message is done when the method has returned; see consumer.concurrency.',
    )
}

function planParameters(
  service: AnyClass,
  member: string | symbol,
  streaming: boolean,
  fail: Fail,
): readonly ParameterPlan[] {
  const records = parametersOf(service, member)
  const method = (service.prototype as Record<string | symbol, unknown>)[member]
  const count = Math.max(typeof method === 'function' ? method.length : 0, ...records.map(({ index }) => index + 1))
  const parameters = Array.from({ length: count }, (_, index): ParameterPlan => {
    const mine = records.filter((one) => one.index === index)
    if (mine.length > 0) return planParameter(mine, index, fail)
    if (count > 1 || streaming)
      fail(
        `parameter ${index + 1} of ${count} has no decorator. Write @Payload(), @Message(), @Header(…) or @Headers().`,
      )
    return { kind: 'payload', type: undefined }
  })
  const payloads = parameters.filter(({ kind }) => kind === 'payload').length
  if (payloads > 1) fail(`${payloads} parameters have @Payload, and a message has one payload.`)
  if (streaming && parameters.some(({ kind }) => kind !== 'stream' && kind !== 'output'))
    fail('it is called once, with streams, so that every parameter must have @Input or @Output.')
  if (streaming && !parameters.some(({ kind }) => kind === 'stream')) fail('none of its parameters has @Input.')
  return parameters
}

function planParameter(records: readonly ParameterRecord[], index: number, fail: Fail): ParameterPlan {
  const channel = records.find((one) => one.kind === 'channel')
  const content = records.find((one) => one.kind === 'payload' || one.kind === 'message')
  if (records.length > (channel !== undefined && content !== undefined ? 2 : 1))
    fail(`parameter ${index + 1} has decorators that exclude each other.`)
  if (channel !== undefined) {
    if (channel.channel === '') fail(`parameter ${index + 1} needs the name of its channel: @Input('input').`)
    if (channel.direction === 'output') return { kind: 'output', channel: channel.channel }
    return { kind: 'stream', channel: channel.channel, item: content?.kind ?? 'message', type: content?.type }
  }
  const [record] = records
  if (record === undefined || record.kind === 'value' || record.kind === 'channel')
    return fail(`parameter ${index + 1}: @Value is for properties and constructor parameters.`)
  return record
}

function outputOf(service: AnyClass, member: string | symbol, fail: Fail): string | undefined {
  const sendTos = sendTosOf(service).filter((one) => one.member === member)
  const outputs = channelsOf(service).filter((one) => one.member === member && one.direction === 'output')
  const targets = [...sendTos, ...outputs].map(({ channel }) => channel)
  if (targets.length > 1) fail(`its result has ${targets.length} targets (${targets.join(', ')}). Give it exactly one.`)
  if (targets[0]?.trim() === '') fail("@SendTo needs the name of an output channel: @SendTo('output').")
  return targets[0]
}

/** Several listeners of one channel may all answer only when each that does has a condition for it. */
function checkCompany(plan: ListenerPlan, plans: readonly ListenerPlan[]): void {
  if (plan.channel === undefined || plan.output === undefined || plan.condition !== undefined) return
  const others = plans.filter((other) => other !== plan && other.channel === plan.channel)
  if (others.length === 0) return
  const reason =
    `it answers to "${plan.output}", but ${others.map(({ listener }) => listener).join(', ')} also listens to ` +
    `"${plan.channel}". A listener that answers and is not alone needs a condition.`
  throw frameworkErrors.RMQ_LISTENER({ listener: plan.listener, reason })
}
