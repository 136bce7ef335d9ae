import { sleep } from '../../src/base/async/index.ts'
import { systemClock } from '../../src/base/time/index.ts'

/**
 * Resolves when `condition` holds, looked at every few milliseconds; rejects after `timeoutMs` with what was waited
 * for.
 */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 10_000,
): Promise<void> {
  const deadlineMs = systemClock.monotonicMs() + timeoutMs
  while (!(await condition())) {
    if (systemClock.monotonicMs() > deadlineMs) throw new Error(`after ${timeoutMs} ms still not: ${what}`)
    await sleep(systemClock, 5)
  }
}
