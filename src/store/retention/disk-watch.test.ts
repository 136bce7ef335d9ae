import { expect, test } from 'vitest'
import { Aging, HOUR_MS, used } from '../../../test/kit/aging-store.ts'
import { allTexts, append, message, STORE } from '../../../test/kit/store.ts'

test('a full disk deletes expired messages at any hour, then the oldest ones, then refuses new ones until there is room', async () => {
  const aging = new Aging()
  const store = await aging.open({ fileReservedTime: 2, deleteFileBatchMax: 1 })
  for (let round = 0; round < 3; round++) await aging.sendAndWait(`old${round}`, 0)
  await aging.clock.advance(2 * HOUR_MS)
  for (let round = 0; round < 6; round++) await aging.sendAndWait(`new${round}`, 0)
  const all = aging.logStarts()
  const isRefused = async (): Promise<boolean> => {
    const sent = append(store, message('late'))
    await aging.clock.advance(0)
    return (await sent).status === 'service-not-available'
  }
  aging.files.spaceOf = () => used(75)
  await aging.clock.advance(60_000)
  expect(aging.logStarts()).toEqual(all)
  aging.files.spaceOf = () => used(76)
  await aging.clock.advance(60_000)
  const expired = aging.logStarts()
  expect(expired.length).toBeLessThan(all.length)
  expect(expired.length).toBeGreaterThan(4)
  aging.files.spaceOf = () => used(86)
  await aging.clock.advance(20_000)
  expect(aging.logStarts()).toEqual(expired.slice(2))
  expect(await isRefused()).toBe(false)
  aging.files.spaceOf = () => used(91)
  await aging.clock.advance(10_000)
  expect(aging.logStarts()).toEqual(expired.slice(3))
  expect(await isRefused()).toBe(true)
  expect((await allTexts(store)).at(-1)).toBe('late')
  // As with Apache's broker, between the two levels sends stay refused.
  aging.files.spaceOf = () => used(88)
  await aging.clock.advance(10_000)
  expect(await isRefused()).toBe(true)
  aging.files.spaceOf = () => used(50)
  await aging.clock.advance(10_000)
  expect(await isRefused()).toBe(false)
  const levels = aging.lines.filter((line) => line.startsWith('the disk '))
  expect(levels.map((line) => line.split(/[.:{]/)[0]?.trim())).toEqual([
    'the disk fills up',
    'the disk is getting full',
    'the disk is nearly full',
    'the disk has room again',
  ])
  expect(levels[2]).toContain('"percent":91')
  expect(levels[2]).toContain(`"directory":"${STORE}"`)
  await aging.end()
})

test('not one file more than the disk needs is deleted before its time', async () => {
  const aging = new Aging()
  await aging.open()
  for (let round = 0; round < 6; round++) await aging.sendAndWait(`r${round}`, 0)
  const all = aging.logStarts()
  // The first two files make the difference.
  aging.files.spaceOf = () => used(aging.logStarts().length > all.length - 2 ? 88 : 84)
  await aging.clock.advance(61_000)
  expect(aging.logStarts()).toEqual(all.slice(2))
  await aging.end()
})

test('when forced deletion is off, a full disk deletes nothing before its time', async () => {
  const aging = new Aging()
  const store = await aging.open({ cleanFileForciblyEnable: false })
  for (let round = 0; round < 3; round++) await aging.sendAndWait(`r${round}`, 0)
  aging.files.spaceOf = () => used(95)
  await aging.clock.advance(100_000)
  expect(store.minPhysicalOffset).toBe(0)
  await aging.end()
})
