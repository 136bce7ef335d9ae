/**
 * Takes the power of a store in simulated files away, for many seeds.
 *
 *     node --import tsx test/crash/power-loss.ts [seeds] [first seed]
 */
import { POWER_LOSS_WAYS, runPowerLoss } from '../kit/power-loss.ts'

const seeds = Number(process.argv[2] ?? 1000)
const first = Number(process.argv[3] ?? 1)
const total = { opening: 0, working: 0, closing: 0, acknowledged: 0, checked: 0 }
let failed = 0
for (let seed = first; seed < first + seeds; seed++) {
  try {
    const { losses, acknowledged, checked } = await runPowerLoss(seed, POWER_LOSS_WAYS[seed % POWER_LOSS_WAYS.length])
    total.opening += losses.opening
    total.working += losses.working
    total.closing += losses.closing
    total.acknowledged += acknowledged
    total.checked += checked
  } catch (failure) {
    failed++
    if (failed <= 2) console.error(failure)
  }
}
console.log(total, { failed, seeds })
