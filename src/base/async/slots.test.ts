import { expect, test } from 'vitest'
import { Slots } from './index.ts'

/** Takes and records its name when it has its turn. */
function takers(slots: Slots): { readonly had: string[]; take(name: string, count?: number): void } {
  const had: string[] = []
  return { had, take: (name, count) => void slots.take(count).then(() => had.push(name)) }
}

const settled = (): Promise<void> => Promise.resolve().then(() => undefined)

test('turns come in order, also when somebody further back wants less', async () => {
  const slots = new Slots(10)
  const { had, take } = takers(slots)
  take('a', 6)
  take('b', 6)
  take('c', 1)
  await settled()
  expect(had).toEqual(['a'])
  expect(slots.waiting).toBe(2)
  slots.release(6)
  await settled()
  expect(had).toEqual(['a', 'b', 'c'])
  expect(slots.waiting).toBe(0)
})

test('who wants more than there are gets them all, alone', async () => {
  const slots = new Slots(10)
  const { had, take } = takers(slots)
  take('small', 1)
  take('huge', 1000)
  take('next', 1)
  await settled()
  expect(had).toEqual(['small'])
  slots.release(1)
  await settled()
  expect(had).toEqual(['small', 'huge'])
  slots.release(1000)
  await settled()
  expect(had).toEqual(['small', 'huge', 'next'])
})

test('a queue of thousands is served to its end, one at a time', async () => {
  const slots = new Slots(1)
  const { had, take } = takers(slots)
  const names = Array.from({ length: 5000 }, (_, index) => String(index))
  for (const name of names) take(name)
  for (let index = 0; index < names.length; index++) {
    await settled()
    expect(had.length).toBe(index + 1)
    slots.release()
  }
  await settled()
  expect(had).toEqual(names)
})
