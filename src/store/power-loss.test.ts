import { expect, test } from 'vitest'
import { runPowerLoss } from '../../test/kit/power-loss.ts'

const SEEDS = 60

test('what was promised survives losses of power at any call: while opening, working and closing', async () => {
  const losses = { opening: 0, working: 0, closing: 0 }
  let acknowledged = 0
  for (let seed = 1; seed <= SEEDS; seed++) {
    const report = await runPowerLoss(seed)
    losses.opening += report.losses.opening
    losses.working += report.losses.working
    losses.closing += report.losses.closing
    acknowledged += report.acknowledged
  }
  // The test itself is tested: it did lose power everywhere, and there was something to lose.
  expect(Math.min(losses.opening, losses.working, losses.closing)).toBeGreaterThan(10)
  expect(acknowledged).toBeGreaterThan(1000)
})

test.each([
  ['empty files of a queue behind its end', 560_879],
  ['entries behind the end of the log, in a queue that a second scan does not touch', 1_015_486],
  ['a queue without its first file, whose other files are empty', 2_013_074],
])('what a loss of power left once is mended: %s', async (_, seed) => {
  expect((await runPowerLoss(seed)).checked).toBeGreaterThan(0)
})
