import { codeOf } from '../../src/base/errors/index.ts'
import { SimulatedFiles } from '../../src/base/files/index.ts'
import { type Random, seededRandom } from '../../src/base/random/index.ts'
import { checkRecord, locateRecord, newRecordParts, RECORD } from '../../src/message/index.ts'
import { type GoldenName, writeGoldenStore } from './golden-stores.ts'

/**
 * Records of Apache’s broker, one of each form that occurs: version, addresses, compression, batches, topics of the
 * system.
 */
export function sampleRecords(): Buffer[] {
  const found = new Map<string, Buffer>()
  const names: readonly GoldenName[] = ['a-clean', 'c-small-files', 'f-ipv6']
  for (const name of names) {
    const files = new SimulatedFiles()
    writeGoldenStore(name, files, '/golden')
    const folder = '/golden/commitlog'
    for (const file of files.list(folder).slice(0, 2)) {
      const opened = files.open(`${folder}/${file.name}`, { readOnly: true })
      const bytes = Buffer.alloc(Math.min(opened.bytes(), 1024 * 1024))
      opened.readSync(bytes, 0)
      opened.close()
      let size = 0
      for (let at = 0; ; at += size) {
        size = checkRecord(bytes, at, bytes.length - at, 'body')
        if (size <= 0) break
        const form = `${bytes.readInt32BE(at + RECORD.magic)} ${bytes.readInt32BE(at + RECORD.sysFlag)} ${size > 800}`
        if (size < 4000) found.set(form, bytes.subarray(at, at + size))
      }
    }
  }
  return [...found.values()]
}

/** Lengths and numbers that parsers stumble over. */
const NASTY = [0, 1, -1, 2, 7, 88, 91, 127, 128, 255, 32_767, 65_535, 0x7fff_ffff, -0x8000_0000, 0x7fff_fff0]

/**
 * A record or several, changed here and there: bits flipped, lengths replaced, parts cut out, doubled or taken from
 * others.
 */
export function damagedRecords(samples: readonly Buffer[], random: Random): Buffer {
  const pick = (): Buffer => samples[random.below(samples.length)] as Buffer
  const bytes = Buffer.concat(Array.from({ length: 1 + random.below(3) }, pick))
  if (random.below(10) === 0) return noise(random)
  for (let change = random.below(4); change > 0; change--) damage(bytes, random)
  switch (random.below(6)) {
    case 0:
      return bytes.subarray(0, random.below(bytes.length + 1))
    case 1:
      return Buffer.concat([bytes.subarray(0, random.below(bytes.length)), pick().subarray(random.below(80))])
    case 2:
      return Buffer.concat([bytes, noise(random)])
    default:
      return bytes
  }
}

/** Changes one thing in place. */
export function damage(bytes: Buffer, random: Random): void {
  if (bytes.length < 4) return
  const at = random.below(bytes.length)
  switch (random.below(4)) {
    case 0:
      bytes[at] = (bytes[at] as number) ^ (1 << random.below(8))
      break
    case 1:
      bytes[at] = random.below(256)
      break
    case 2:
      bytes.writeInt32BE(NASTY[random.below(NASTY.length)] as number, random.below(bytes.length - 3))
      break
    default:
      damageLength(bytes, random)
  }
}

/** Replaces one of the lengths that a record’s parts are found by. */
function damageLength(bytes: Buffer, random: Random): void {
  const parts = newRecordParts()
  if (locateRecord(bytes, 0, bytes.length, parts) !== undefined) return
  const nasty = NASTY[random.below(NASTY.length)] as number
  const { bodyAt, bodyEnd, topicEnd } = parts
  const near = random.below(5) - 2
  switch (random.below(5)) {
    case 0:
      bytes.writeInt32BE(random.below(2) === 0 ? nasty : bytes.readInt32BE(0) + near, 0)
      break
    case 1:
      bytes.writeInt32BE(random.below(2) === 0 ? nasty : bodyEnd - bodyAt + near, bodyAt - 4)
      break
    case 2:
      bytes[bodyEnd] = random.below(256)
      break
    case 3:
      bytes.writeInt16BE((nasty << 16) >> 16, topicEnd)
      break
    default:
      bytes.writeInt32BE(random.below(0x1000), RECORD.sysFlag)
  }
}

/** Anything. */
export function noise(random: Random): Buffer {
  const bytes = Buffer.alloc(random.below(200))
  for (let at = 0; at < bytes.length; at++) bytes[at] = random.below(256)
  return bytes
}

/** What a decoder made of some bytes: its answer, or the code of its error. Any other error is the test’s failure. */
export function outcomeOf(decode: () => unknown): unknown {
  try {
    return decode()
  } catch (failure) {
    return codeOfOurs(failure)
  }
}

/** {@link outcomeOf} for work that takes its time. */
export async function outcomeLater<Value>(work: () => Value | Promise<Value>): Promise<Value | string> {
  try {
    return await work()
  } catch (failure) {
    return codeOfOurs(failure)
  }
}

/** Its code; errors that are not ours are the test’s failure. */
function codeOfOurs(failure: unknown): string {
  const code = codeOf(failure)
  if (code?.startsWith('RMQ_') !== true) throw failure
  return code
}

/** Runs `check` for the seeds 1 … count; the error of one that fails names it. */
export async function forSeeds(count: number, check: (random: Random) => void | Promise<void>): Promise<void> {
  for (let seed = 1; seed <= count; seed++) {
    try {
      await check(seededRandom(seed))
    } catch (failure) {
      throw new Error(`with seed ${seed}: ${String(failure)}`, { cause: failure })
    }
  }
}
