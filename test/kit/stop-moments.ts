import type { SimulatedFiles } from '../../src/base/files/index.ts'
import { type Random, seededRandom } from '../../src/base/random/index.ts'

/**
 * How a process ends in {@link forEachStop}: a kill loses nothing that was written, a loss of power what was not
 * synced.
 */
export type Stop = 'a kill' | 'a loss of power'

/**
 * Runs `work` on copies of the files and stops it before its first, second, … change of a file or directory, until it
 * runs to its end. `check` gets what each of these runs left, as the next process finds it, and the number of the
 * change, which is the seed.
 */
export async function forEachStop(
  from: SimulatedFiles,
  stop: Stop,
  work: (files: SimulatedFiles) => Promise<void>,
  check: (left: SimulatedFiles, moment: number) => Promise<void>,
): Promise<void> {
  for (let moment = 1; ; moment++) {
    const files = from.copyAll()
    const left = await runUntil(files, moment, stop, seededRandom(moment), work)
    await check(left ?? files.copyAll(), moment)
    if (left === undefined) return
  }
}

async function runUntil(
  files: SimulatedFiles,
  moment: number,
  stop: Stop,
  random: Random,
  work: (files: SimulatedFiles) => Promise<void>,
): Promise<SimulatedFiles | undefined> {
  let changes = 0
  let left: SimulatedFiles | undefined
  files.fault = (call) => {
    if (left !== undefined) return 'EIO'
    if (call === 'read' || ++changes !== moment) return undefined
    left = stop === 'a kill' ? files.copyAll() : files.losePower(random)
    return 'EIO'
  }
  // What still runs on these files fails, and does not matter.
  await work(files).catch(() => undefined)
  files.fault = () => undefined
  return left
}
