import { RocketMQError } from './rocketmq-error.ts'

/** A code's message: says what happened with the values, then what to do. */
type MessageOf<Details extends object> = (details: Details) => string

type ErrorTable = Record<`RMQ_${string}`, MessageOf<never>>

type ErrorFactories<Table extends ErrorTable> = {
  readonly [Code in keyof Table & string]: Table[Code] extends MessageOf<infer Details>
    ? (details: Details, cause?: unknown) => RocketMQError<Code, Details>
    : never
}

/**
 * Declares the errors of a room: code → message. The result has one factory per code.
 *
 * ```ts
 * export const storeErrors = defineErrors({
 *   RMQ_STORE_LOCKED: (d: { dir: string }) => `Store directory "${d.dir}" is used by another process. Stop it, or …`,
 * })
 * throw storeErrors.RMQ_STORE_LOCKED({ dir }, cause)
 * ```
 */
export function defineErrors<Table extends ErrorTable>(table: Table): ErrorFactories<Table> {
  const factories: Record<string, (details: object, cause?: unknown) => RocketMQError> = {}
  for (const [code, message] of Object.entries(table)) {
    factories[code] = (details, cause) => new RocketMQError(code, message(details as never), details, cause)
  }
  return factories as ErrorFactories<Table>
}
