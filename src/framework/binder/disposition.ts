import { frameworkErrors } from '../errors.ts'

/** What becomes of a message that a listener refused. */
export type Disposition =
  /** Delivered again as the binder's policy says. */
  | { readonly kind: 'again' }
  /** Delivered again at this delay level of the broker (1–18). */
  | { readonly kind: 'later'; readonly delayLevel: number }
  /** Not delivered again: to the dead letters at once. */
  | { readonly kind: 'dead-letter' }

/**
 * Refuses the message for good: `throw rejectToDeadLetters('no such customer')`. No retry, neither in this process nor
 * by the broker.
 */
export function rejectToDeadLetters(reason: string, cause?: unknown): Error {
  return frameworkErrors.RMQ_MESSAGE_REJECTED({ reason }, cause)
}

/**
 * Asks for the message again later: `throw requeueLater(5)`. No retry in this process; the broker delivers it after the
 * delay of that level (1–18 of `1s 5s 10s 30s 1m … 2h`).
 */
export function requeueLater(delayLevel: number, cause?: unknown): Error {
  return frameworkErrors.RMQ_MESSAGE_REQUEUED({ delayLevel }, cause)
}

/** Reads what {@link rejectToDeadLetters} and {@link requeueLater} wrote, looking through causes; for binders. */
export function dispositionOf(reason: unknown): Disposition {
  const seen = new Set<unknown>()
  let current = reason
  while (current instanceof Error && !seen.has(current)) {
    seen.add(current)
    const { code, details } = current as Error & { code?: unknown; details?: { delayLevel?: unknown } }
    if (code === 'RMQ_MESSAGE_REJECTED') return { kind: 'dead-letter' }
    if (code === 'RMQ_MESSAGE_REQUEUED') return { kind: 'later', delayLevel: Number(details?.delayLevel) }
    current = current.cause
  }
  return { kind: 'again' }
}
