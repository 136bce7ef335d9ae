import { ok } from 'node:assert/strict'
import 'reflect-metadata'

/**
 * What the decorators record and how it is read. Keys are `Symbol.for`, so that two copies of this package in one
 * process see the same records; a record is never changed, and a subclass gets a list of its own.
 */

/** A class that may be abstract. */
export type AnyClass<Instance = object> = abstract new (...args: never) => Instance

/** The Standard Schema interface (version 1) as far as it is used: zod, valibot, arktype and others have it. */
export interface PayloadSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => PayloadVerdict<Output> | Promise<PayloadVerdict<Output>>
  }
}

/** What a {@link PayloadSchema} answers. */
export type PayloadVerdict<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string; readonly path?: readonly unknown[] | undefined }[] }

/**
 * What a payload becomes: `String` (the text as it came), `Buffer` (the bytes), `Number`, `Boolean`, `Object` (parsed
 * JSON), a class (an instance with the JSON's fields), or a schema (the parsed JSON, validated).
 */
export type PayloadType = AnyClass | PayloadSchema | typeof Number | typeof String | typeof Boolean

/** A type, or `{ type, array: true }` for a JSON array of them. */
export type PayloadSpec = PayloadType | { readonly type: PayloadType; readonly array: boolean }

type Member = string | symbol

/** A member of a class that stands for a channel. */
export interface ChannelRecord {
  readonly direction: 'input' | 'output'
  readonly channel: string
  /** True: an input whose messages are asked for one by one. */
  readonly polled: boolean
  readonly member: Member
  readonly owner: object
}

/** One `@StreamListener`. */
export interface ListenerRecord {
  readonly member: Member
  /** Undefined: the channels are named by `@Input` parameters. */
  readonly channel: string | undefined
  readonly condition: string
  readonly copyHeaders: boolean
  /** Who settles the items of a stream; undefined: not said. */
  readonly ack?: 'auto' | 'manual' | undefined
  /** Items of a stream that may be open; undefined: not said. */
  readonly maxInFlight?: number | undefined
  readonly owner: object
}

/** One `@SendTo`. */
export interface SendToRecord {
  readonly member: Member
  readonly channel: string
  readonly owner: object
}

/** What a function of the application has: an output, both, an input. */
export type FunctionKind = 'supplier' | 'function' | 'consumer'

/** One `@StreamSupplier`, `@StreamFunction` or `@StreamConsumer`. */
export interface FunctionRecord {
  readonly member: Member
  readonly kind: FunctionKind
  readonly name: string
  readonly owner: object
}

/** What is known of one parameter by one decorator; a parameter can have several. */
export type ParameterRecord = { readonly index: number } & (
  | { readonly kind: 'payload'; readonly type: PayloadSpec | undefined }
  | { readonly kind: 'message'; readonly type: PayloadSpec | undefined }
  | { readonly kind: 'header'; readonly name: string; readonly required: boolean; readonly defaultValue: unknown }
  | { readonly kind: 'headers' }
  | { readonly kind: 'channel'; readonly direction: 'input' | 'output'; readonly channel: string }
  | { readonly kind: 'value'; readonly expression: string; readonly type: ValueType }
)

/** What a configured text becomes. */
export type ValueType = typeof String | typeof Number | typeof Boolean

/** A property with `@Value`. */
export interface ValueRecord {
  readonly member: Member
  readonly expression: string
  readonly type: ValueType
  readonly owner: object
}

/** What a class that knows the transactions of a producer group says of itself. */
export interface TransactionListenerRecord {
  /** May have `${…}` in it. */
  readonly group: string
  readonly concurrency: number
  readonly waitingMax: number
}

const CONTRACTS = Symbol.for('rocketstream:contracts')
const CHANNELS = Symbol.for('rocketstream:channels')
const LISTENERS = Symbol.for('rocketstream:listeners')
const FUNCTIONS = Symbol.for('rocketstream:functions')
const TARGETS = Symbol.for('rocketstream:send-to')
const PARAMETERS = Symbol.for('rocketstream:parameters')
const VALUES = Symbol.for('rocketstream:values')
const TRANSACTIONS = Symbol.for('rocketstream:transaction-listener')

/** Records contracts of a class, after those of its parents. */
export function addContracts(target: object, contracts: readonly AnyClass[]): void {
  Reflect.defineMetadata(CONTRACTS, [...new Set([...contractsOf(target), ...contracts])], target)
}

/** Records a channel member. */
export function addChannel(prototype: object, record: Omit<ChannelRecord, 'owner'>): void {
  add(CHANNELS, prototype, record)
}

/** Records a listener method. */
export function addListener(prototype: object, record: Omit<ListenerRecord, 'owner'>): void {
  add(LISTENERS, prototype, record)
}

/** Records a function. */
export function addFunction(prototype: object, record: Omit<FunctionRecord, 'owner'>): void {
  add(FUNCTIONS, prototype, record)
}

/** Records where a method's results go. */
export function addSendTo(prototype: object, record: Omit<SendToRecord, 'owner'>): void {
  add(TARGETS, prototype, record)
}

/** Records a configured property. */
export function addValue(prototype: object, record: Omit<ValueRecord, 'owner'>): void {
  add(VALUES, prototype, record)
}

/** Records something of a parameter; `member` is undefined for the constructor, whose `target` is the class. */
export function addParameter(target: object, member: Member | undefined, record: ParameterRecord): void {
  const key = member ?? 'constructor'
  const own: readonly ParameterRecord[] = Reflect.getOwnMetadata(PARAMETERS, target, key) ?? []
  Reflect.defineMetadata(PARAMETERS, [...own, record], target, key)
}

/** Records that a class knows the transactions of a producer group. */
export function addTransactionListener(target: object, record: TransactionListenerRecord): void {
  Reflect.defineMetadata(TRANSACTIONS, record, target)
}

/** What a class or its parent says of the transactions that it knows. */
export function transactionListenerOf(target: AnyClass): TransactionListenerRecord | undefined {
  return Reflect.getMetadata(TRANSACTIONS, target)
}

/** Contracts of a class and its parents, in order of declaration. */
export function contractsOf(target: object): readonly AnyClass[] {
  return Reflect.getMetadata(CONTRACTS, target) ?? []
}

/** Channel members of a class and its parents. */
export function channelsOf(target: AnyClass): readonly ChannelRecord[] {
  return Reflect.getMetadata(CHANNELS, target.prototype) ?? []
}

/** Listener methods of a class and its parents. */
export function listenersOf(target: AnyClass): readonly ListenerRecord[] {
  return Reflect.getMetadata(LISTENERS, target.prototype) ?? []
}

/** Functions of a class and its parents. */
export function functionsOf(target: AnyClass): readonly FunctionRecord[] {
  return Reflect.getMetadata(FUNCTIONS, target.prototype) ?? []
}

/** Every `@SendTo` of a class and its parents. */
export function sendTosOf(target: AnyClass): readonly SendToRecord[] {
  return Reflect.getMetadata(TARGETS, target.prototype) ?? []
}

/** Configured properties of a class and its parents. */
export function valuesOf(target: AnyClass): readonly ValueRecord[] {
  return Reflect.getMetadata(VALUES, target.prototype) ?? []
}

/**
 * Parameters of a method, or of the constructor when `member` is undefined. A constructor's are its own class's only: a
 * subclass that declares another constructor names its parameters itself.
 */
export function parametersOf(target: AnyClass, member: Member | undefined): readonly ParameterRecord[] {
  if (member !== undefined) return Reflect.getMetadata(PARAMETERS, target.prototype, member) ?? []
  return Reflect.getOwnMetadata(PARAMETERS, target, 'constructor') ?? []
}

/**
 * Asserts that this is not the other kind of decorators, which a compiler makes when `experimentalDecorators` is off:
 * they are called with a value and a context, and have no parameters to decorate.
 */
export function checkLegacy(decorator: string, member: unknown): void {
  const standard = typeof member === 'object' && member !== null && 'kind' in member
  ok(!standard, `@${decorator} needs "experimentalDecorators": true in the compilerOptions of tsconfig.json.`)
}

/** Adds to an own copy of the list; what a subclass says of a member replaces what its parents said of it. */
function add<Entry extends { readonly member: Member }>(key: symbol, prototype: object, record: Entry): void {
  const before: readonly (Entry & { readonly owner: object })[] = Reflect.getMetadata(key, prototype) ?? []
  const kept = before.filter((entry) => entry.member !== record.member || entry.owner === prototype)
  Reflect.defineMetadata(key, [...kept, { ...record, owner: prototype }], prototype)
}
