import { expect, test } from 'vitest'
import { POWER_LOSS_WAYS, runPowerLoss } from '../../test/kit/power-loss.ts'

const SEEDS = 60

test.each(POWER_LOSS_WAYS)(
  'what was promised survives losses of power at any call: while opening, working and closing, with %j',
  async (way) => {
    const losses = { opening: 0, working: 0, closing: 0 }
    let acknowledged = 0
    let deletedFiles = 0
    for (let seed = 1; seed <= SEEDS; seed++) {
      const report = await runPowerLoss(seed, way)
      losses.opening += report.losses.opening
      losses.working += report.losses.working
      losses.closing += report.losses.closing
      acknowledged += report.acknowledged
      deletedFiles += report.deletedFiles
    }
    // The test itself is tested: it did lose power everywhere, and there was something to lose.
    expect(Math.min(losses.opening, losses.working, losses.closing)).toBeGreaterThan(10)
    expect(acknowledged).toBeGreaterThan(1000)
    expect(deletedFiles > 3).toBe(way.deletesOldFiles === true)
  },
)

test.each([
  ['empty files of a queue behind its end', 560_879],
  ['entries behind the end of the log, in a queue that a second scan does not touch', 1_015_486],
  ['a queue without its first file, whose other files are empty', 2_013_074],
  ['the time of an indexed message, of a log that lost all it had', 338_423],
])('what a loss of power left once is mended: %s', async (_, seed) => {
  expect((await runPowerLoss(seed)).acknowledged).toBeGreaterThan(0)
})

test.each([
  ['entries in memory alone, of records whose log file was deleted', 132],
  ['a queue none of whose entries is left, by the name of its file', 10_350],
  ['a log whose older files are gone and whose last one was not on the disk', 105_406],
  ['a name that two brought to the disk at once', 109_263],
  ['the first message of a queue that lost its first file, stored when the clock stepped back', 107_740],
])('where old files are deleted, a loss of power does not take %s', async (_, seed) => {
  expect((await runPowerLoss(seed, { deletesOldFiles: true })).acknowledged).toBeGreaterThan(0)
})

test.each([
  [
    'what a killed process took back in the checkpoint is not on the disk later than the messages it was for',
    2_029_027,
    { settings: { storePathCommitLog: '/disk-a/log,/disk-b/log' }, deletesOldFiles: true },
  ],
  [
    'messages stored after the clock stepped back by more than seconds are not taken for old and safe ones',
    3328,
    { settings: { enableLmq: true, enableMultiDispatch: true }, sendsToLightQueues: true, deletesOldFiles: true },
  ],
])('%s', async (_, seed, way) => {
  expect((await runPowerLoss(seed, way)).acknowledged).toBeGreaterThan(0)
})
