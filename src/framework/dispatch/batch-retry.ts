import { sleep } from '../../base/async/index.ts'
import { textOf } from '../../base/errors/index.ts'
import { attemptsOf, isRetryable, pauseAfter, type RetryContext, type RetryPolicy } from './retry.ts'

/** Why messages of a batch are given back, by their place in it; the others are done. */
type BatchFailures = ReadonlyMap<number, unknown>

/**
 * As `withRetry`, for a batch: what failed and may be tried again is tried again, without those that are done. Resolves
 * with what failed at last and `recover` did not take; never rejects.
 *
 * @param work  takes the places of the messages to try, and gives the failures by place
 */
export async function withBatchRetry(
  count: number,
  work: (places: readonly number[]) => Promise<BatchFailures>,
  policy: RetryPolicy,
  context: RetryContext,
): Promise<BatchFailures> {
  const maxAttempts = attemptsOf(policy)
  const lost = new Map<number, unknown>()
  let places: readonly number[] = Array.from({ length: count }, (_, at) => at)
  for (let attempt = 1; ; attempt++) {
    const failures = await attempted(places, work)
    const pauseMs = pauseAfter(attempt, policy)
    const mayAgain = attempt < maxAttempts && !context.signal.aborted
    const again = [...failures]
      .filter(([, failure]) => mayAgain && isRetryable(failure, policy))
      .map(([place]) => place)
    for (const [place, failure] of failures) if (!again.includes(place)) lost.set(place, failure)
    if (failures.size > 0) {
      const [reason] = failures.values()
      const what = `${context.binding}: attempt ${attempt} of ${maxAttempts}: ${failures.size} of ${places.length} messages failed`
      const next = again.length === 0 ? 'they are given back' : `${again.length} are tried again in ${pauseMs} ms`
      context.logger.warn(`${what}: ${textOf(reason)}; ${next}`)
    }
    if (again.length === 0) return lost
    try {
      await sleep(context.clock, pauseMs, context.signal)
    } catch {
      // Closing does not wait for another try; what was to be tried is given back.
      for (const place of again) lost.set(place, failures.get(place))
      return lost
    }
    places = again
  }
}

async function attempted(
  places: readonly number[],
  work: (places: readonly number[]) => Promise<BatchFailures>,
): Promise<BatchFailures> {
  try {
    return await work(places)
  } catch (failure) {
    return new Map(places.map((place) => [place, failure]))
  }
}
