import {
  concatMap,
  fromEvent,
  ignoreElements,
  isObservable,
  lastValueFrom,
  type Observable,
  takeUntil,
  tap,
} from 'rxjs'
import { sleep } from '../../base/async/index.ts'
import { textOf } from '../../base/errors/index.ts'
import type { Scope } from '../../base/lifecycle/index.ts'
import type { Logger } from '../../base/log/index.ts'
import type { Clock } from '../../base/time/index.ts'
import type { MessageChannel } from '../channels/index.ts'
import type { PollerProperties } from '../config/index.ts'
import { sendResult } from '../dispatch/index.ts'
import { frameworkErrors } from '../errors.ts'
import type { ServiceFunction } from './functions.ts'

/** Items of a supplier's Observable that may wait for being sent; an Observable cannot be slowed down. */
const WAITING_MAX = 10_000

/** What suppliers need of the application. */
export interface SupplierContext {
  readonly scope: Scope
  readonly poller: PollerProperties
  readonly clock: Clock
  readonly logger: Logger
  readonly output: (name: string) => MessageChannel
  readonly instance: (supplier: ServiceFunction) => object
  /** Waits for a stop no longer than closing may take. */
  readonly within: (stop: () => Promise<void>, what: string) => Promise<void>
}

/** Calls every supplier in its rhythm until the scope closes, which waits for the calls under way. */
export function startSuppliers(suppliers: readonly ServiceFunction[], context: SupplierContext): void {
  for (const supplier of suppliers) {
    const closing = new AbortController()
    const running = supply(supplier, context, closing.signal)
    context.scope.defer(() => {
      closing.abort()
      return context.within(() => running, supplier.place)
    })
  }
}

async function supply(supplier: ServiceFunction, context: SupplierContext, closing: AbortSignal): Promise<void> {
  const { poller, clock, logger } = context
  const { fixedDelay, initialDelay, maxMessagesPerPoll } = poller
  if (initialDelay > 0) await sleep(clock, initialDelay, closing).catch(() => undefined)
  while (!closing.aborted) {
    for (let n = 0; n < maxMessagesPerPoll && !closing.aborted; n++) {
      try {
        const result = await call(supplier, context)
        if (isObservable(result)) return await follow(result, supplier, context, closing)
        if (result === undefined || result === null) break
        await send(result, supplier, context)
      } catch (failure) {
        logger.error(`${supplier.place} failed and is called again: ${textOf(failure)}`)
        break
      }
    }
    await sleep(clock, fixedDelay, closing).catch(() => undefined)
  }
}

/** Sends what an Observable gives, one after another, until it ends or the application closes. */
async function follow(
  result: Observable<unknown>,
  supplier: ServiceFunction,
  context: SupplierContext,
  closing: AbortSignal,
): Promise<void> {
  const failed = (failure: unknown): void => context.logger.error(`${supplier.place}: ${textOf(failure)}`)
  let waiting = 0
  const sent = result.pipe(
    takeUntil(fromEvent(closing, 'abort')),
    tap(() => {
      if (++waiting > WAITING_MAX)
        throw frameworkErrors.RMQ_SUPPLIER_AHEAD({ supplier: supplier.place, waiting: WAITING_MAX })
    }),
    concatMap(async (item) => {
      await send(item, supplier, context).catch(failed)
      waiting--
    }),
    ignoreElements(),
  )
  await lastValueFrom(sent, { defaultValue: undefined }).catch(failed)
}

function call(supplier: ServiceFunction, { instance }: SupplierContext): unknown {
  const service = instance(supplier) as Record<string | symbol, (() => unknown) | undefined>
  return service[supplier.member]?.()
}

function send(result: unknown, { output }: ServiceFunction, context: SupplierContext): Promise<void> {
  return sendResult(result, {
    output: context.output(output ?? ''),
    headers: undefined,
    isTransportHeader: () => false,
    batch: true,
  })
}
