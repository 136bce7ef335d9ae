import { defer, from, isObservable, mergeMap, Observable, type OperatorFunction, of, tap } from 'rxjs'
import type { Message } from '../channels/index.ts'
import { frameworkErrors } from '../errors.ts'
import { type Item, itemsOf } from './acknowledgement.ts'
import { Emission } from './emission.ts'

/** A received message, or several that were gathered. */
export type MessageOrMessages = Message<unknown> | readonly Message<unknown>[]

/** Options of {@link eachMessage}. */
export interface EachMessageOptions {
  /** Pieces of work at a time; others wait. Default: as many as the listener's `maxInFlight` lets in. */
  readonly concurrency?: number
}

/** What work may give: one result, a promise of one, or a stream of them; `undefined` is no result. */
export type WorkResult<Result> = Result | undefined | Promise<Result | undefined> | Observable<Result>

/**
 * Operator: does asynchronous work for each message and acknowledges it by what became of that work. Done: the work has
 * ended and all results it gave are stored. Failed, or a result that cannot be stored: that message is given back, and
 * the stream lives on; an error of `rejectToDeadLetters` or `requeueLater` says how.
 *
 * ```ts
 * orders$.pipe(eachMessage(async ({ payload }) => invoice(await customers.find(payload.customer)), { concurrency: 8 }))
 * ```
 * It stands where messages are still as they came. Messages that are gathered before must be held:
 *
 * ```ts
 * orders$.pipe(holdMessages(), bufferTime(1000), eachMessage((orders) => sum(orders)))
 * ```
 * @throws RMQ_ACKNOWLEDGEMENT  as an error of the stream: what it is given is no message
 */
export function eachMessage<Input extends MessageOrMessages, Result>(
  work: (input: Input) => WorkResult<Result>,
  options: EachMessageOptions = {},
): OperatorFunction<Input, Result> {
  return (source) =>
    source.pipe(
      tap((input) => {
        for (const item of itemsIn(input)) item.hold()
      }),
      mergeMap((input) => worked(input, work), options.concurrency),
    )
}

/**
 * Operator: holds each message until `eachMessage`, `ack` or `nack` settles it, so that it can be gathered over time
 * (`bufferTime`, `bufferCount`, `groupBy`) and is not lost when the program stops before the result is stored.
 * @throws RMQ_ACKNOWLEDGEMENT  as an error of the stream: what it is given is no message
 */
export function holdMessages<Input extends Message<unknown>>(): OperatorFunction<Input, Input> {
  return tap((message) => {
    for (const item of itemsIn(message)) item.hold()
  })
}

function worked<Input extends MessageOrMessages, Result>(
  input: Input,
  work: (input: Input) => WorkResult<Result>,
): Observable<Result> {
  const items = itemsIn(input)
  return new Observable<Result>((subscriber) => {
    const emission = new Emission()
    const inner = defer(() => streamOf(work(input))).subscribe({
      next: (result) => emission.run(() => subscriber.next(result)),
      error: (reason: unknown) => {
        for (const item of items) item.nack({ reason })
        subscriber.complete()
      },
      complete: () => {
        for (const item of items) item.finishing = true
        emission.stored().then(
          () => ackAll(items),
          (reason: unknown) => {
            for (const item of items) item.nack({ reason })
          },
        )
        subscriber.complete()
      },
    })
    return () => {
      inner.unsubscribe()
      const open = items.filter((item) => !item.finishing)
      for (const item of open) item.nack({ reason: 'the stream let go of it before its work was done' })
    }
  })
}

function ackAll(items: readonly Item[]): void {
  for (const item of items) item.ack()
}

function streamOf<Result>(given: WorkResult<Result>): Observable<Result> {
  if (isObservable(given)) return given
  if (given instanceof Promise) return from(given).pipe(mergeMap(present))
  return present(given)
}

function present<Result>(result: Result | undefined): Observable<Result> {
  return result === undefined ? of() : of(result)
}

function itemsIn(input: MessageOrMessages): readonly Item[] {
  if (Array.isArray(input)) return input.flatMap((message) => itemsIn(message as Message))
  const headers: unknown = (input as Partial<Message> | undefined)?.headers
  if (typeof headers === 'object' && headers !== null) return itemsOf(input as Message)
  const reason = `${typeof input} is no message; put the operator first, on Observable<Message<…>>`
  throw frameworkErrors.RMQ_ACKNOWLEDGEMENT({ reason })
}
