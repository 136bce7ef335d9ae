/** Units: what a queue's entry has no room for. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  allTexts,
  append,
  filesBelow,
  message,
  openSmall,
  read,
  SMALL,
  STORE,
  textsOf,
} from '../../../test/kit/store.ts'
import { SimulatedFiles } from '../../base/files/index.ts'
import { seededRandom } from '../../base/random/index.ts'
import { type BitMapOf, type MessageStore, verifyStore } from '../index.ts'
import { OpenFiles } from '../segments/open-files.ts'
import { bitMapOfUnit, ExtUnits, extPositionAt, isExtAddress, tagsCodeOfUnit, writeExtAddress } from './ext-units.ts'

/** A file of units has room for six of 20 bytes. */
const EXT = { enableConsumeQueueExt: true, mappedFileSizeConsumeQueueExt: 128 }
const hash = (tag: string): number => tag.charCodeAt(0)

async function close(store: MessageStore, files: SimulatedFiles, changes: object = EXT): Promise<void> {
  await store[Symbol.asyncDispose]()
  expect((await verifyStore(STORE, { ...SMALL, ...EXT, ...changes }, files)).problems).toEqual([])
}

async function withTag(store: MessageStore, tag: string): Promise<string[]> {
  const texts: string[] = []
  for (let offset = store.minOffset('T', 0); offset < store.maxOffset('T', 0); ) {
    const { result, messages } = await read(store, offset, { accepts: (code) => code === hash(tag) })
    texts.push(...messages.map(({ body }) => body.toString()))
    expect(result.nextOffset).toBeGreaterThan(offset)
    offset = result.nextOffset
  }
  return texts
}

test('an address stands for its position exactly, and is never a tags code', () => {
  const bytes = Buffer.alloc(8)
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.integer(), (position, tagsCode) => {
      writeExtAddress(bytes, position, 0)
      expect(bytes.readBigInt64BE()).toBe(BigInt(position) - 2n ** 63n)
      expect(extPositionAt(bytes, 0)).toBe(position)
      expect([isExtAddress(Number(bytes.readBigInt64BE())), isExtAddress(tagsCode)]).toEqual([true, false])
    }),
  )
})

test('units never lie across files, and go on where they ended', () => {
  const files = new SimulatedFiles()
  const layout = { directory: '/ext', fileBytes: 128, setting: '' }
  const open = (): ExtUnits => new ExtUnits(layout, new OpenFiles(files, 4))
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 100 }), { minLength: 1, maxLength: 40 }), (lengths) => {
      files.remove('/ext')
      let units = open()
      const put = lengths.map((length, at) => {
        const bitMap = length === 0 ? undefined : Buffer.alloc(length, at)
        const position = units.put(-at, at, bitMap)
        if (at % 7 === 3) {
          units.writeOut()
          units = open()
        }
        return { position, bitMap, tagsCode: -at }
      })
      units.writeOut()
      for (const { position, bitMap, tagsCode } of put) {
        expect(position % 128).toBeLessThanOrEqual(128 - 4 - 20 - (bitMap?.length ?? 0))
        const bytes = Buffer.alloc(20 + (bitMap?.length ?? 0))
        expect(units.readSync(bytes, position)).toBe(bytes.length)
        expect(tagsCodeOfUnit({ bytes, at: 0 })).toBe(tagsCode + 0)
        expect(bitMapOfUnit({ bytes, at: 0 })).toEqual(bitMap)
      }
    }),
  )
  expect(open().put(0, 0, Buffer.alloc(105))).toBe(-1)
})

test.each([
  ['as it is', {}, (): void => undefined],
  ['without its note', {}, (files: SimulatedFiles): void => files.remove(`${STORE}/clean-stop.rocketstream`)],
  ['with units switched off', { enableConsumeQueueExt: false }, (): void => undefined],
  ['after a loss of its units', {}, (files: SimulatedFiles): void => files.remove(`${STORE}/consumequeue_ext`)],
])('a store that is opened again %s selects by tags and loses no message', async (how, changes, change) => {
  const files = new SimulatedFiles()
  const store = await openSmall(files, EXT)
  const texts = textsOf('t', 40)
  for (const [at, text] of texts.entries()) await append(store, message(text, { tag: at % 3 === 0 ? 'a' : 'b' }))
  const wanted = texts.filter((_text, at) => at % 3 === 0)
  expect(await withTag(store, 'a')).toEqual(wanted)
  expect(await withTag(store, 'c')).toEqual([])
  await close(store, files)
  change(files)
  const again = await openSmall(files, { ...EXT, ...changes })
  expect(await allTexts(again)).toEqual(texts)
  // Where the unit is lost the store cannot tell; the consumer, which knows the tag itself, can.
  if (how !== 'after a loss of its units') {
    expect(await withTag(again, 'a')).toEqual(wanted)
    expect(await withTag(again, 'c')).toEqual([])
  } else {
    expect(await withTag(again, 'a')).toEqual(texts)
  }
  for (const tag of ['a', 'b']) await append(again, message(`new-${tag}`, { tag }))
  expect((await withTag(again, 'a')).at(-1)).toBe('new-a')
  await again[Symbol.asyncDispose]()
  files.writeWhole(`${STORE}/abort`, '1')
  files.remove(`${STORE}/checkpoint`)
  const healed = await openSmall(files, { ...EXT, ...changes })
  expect(await withTag(healed, 'a')).toEqual([...wanted, 'new-a'])
  await close(healed, files, changes)
})

test('entries that are put again get the units that they had', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files, EXT)
  for (const text of textsOf('t', 25)) await append(store, message(text, { tag: 'a' }))
  await close(store, files)
  const content = (): Record<string, string> => ({
    ...filesBelow(files, `${STORE}/consumequeue`),
    ...filesBelow(files, `${STORE}/consumequeue_ext`),
  })
  const before = content()
  files.remove(`${STORE}/clean-stop.rocketstream`)
  await close(await openSmall(files, EXT), files)
  expect(content()).toEqual(before)
})

test('a bit map decides for messages that have one, before the record is looked at', async () => {
  const files = new SimulatedFiles()
  const bitMapOf: BitMapOf = (_topic, bytes, at, size) => {
    const text = bytes.toString('latin1', at, at + size)
    return text.includes('none') ? undefined : Buffer.from([text.includes('yes') ? 1 : 0])
  }
  const store = await openSmall(files, EXT, { bitMapOf })
  for (const text of ['yes-1', 'no-1', 'none', 'yes-2', 'no-2']) await append(store, message(text))
  const asked: number[] = []
  const limits = {
    acceptsUnit: (_time: number, bitMap: Buffer) => bitMap[0] === 1,
    acceptsRecord: (_bytes: Buffer, _at: number, size: number) => asked.push(size) > 0,
  }
  const { messages } = await read(store, 0, limits)
  expect(messages.map(({ body }) => body.toString())).toEqual(['yes-1', 'none', 'yes-2'])
  expect(asked).toHaveLength(3)
  await close(store, files)
})

test('a damaged unit keeps no message from anybody, and is told by the check', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files, EXT)
  for (const text of ['0', '1', '2']) await append(store, message(text, { tag: 'a' }))
  await close(store, files)
  const path = `${STORE}/consumequeue_ext/T/0/${'0'.repeat(20)}`
  const bytes = files.readWhole(path) as Buffer
  bytes.fill(0, 20, 40)
  files.writeWhole(path, bytes)
  const { problems } = await verifyStore(STORE, { ...SMALL, ...EXT }, files)
  expect(problems).toContain('T/0 entry 1 points to a unit that is not there')
  const again = await openSmall(files, EXT)
  expect(await withTag(again, 'z')).toEqual(['1'])
  await again[Symbol.asyncDispose]()
})

test('whatever is appended, lost and reopened, with units or without: tags select the same', async () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('a', 'b') },
    { weight: 1, arbitrary: fc.constantFrom('crash', 'stop-on', 'stop-off') },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 50 }), fc.nat(), async (steps, seed) => {
      const random = seededRandom(seed)
      let files = new SimulatedFiles()
      let store = await openSmall(files, EXT)
      let isOn = true
      const expected: Record<string, string[]> = { a: [], b: [] }
      for (const [at, action] of steps.entries()) {
        if (action.length === 1) {
          await append(store, message(`${at}`, { tag: action }))
          expected[action]?.push(`${at}`)
          continue
        }
        if (action === 'crash') {
          await store.flush()
          const left = files.losePower(random)
          await store[Symbol.asyncDispose]()
          files = left
        } else {
          await close(store, files, { enableConsumeQueueExt: isOn })
          isOn = action === 'stop-on'
        }
        store = await openSmall(files, { ...EXT, enableConsumeQueueExt: isOn })
      }
      for (const tag of ['a', 'b']) expect(await withTag(store, tag)).toEqual(expected[tag])
      await close(store, files, { enableConsumeQueueExt: isOn })
    }),
    { numRuns: 40 },
  )
})

test('a message gets no unit while the disk does not tell where units go, and no bit map while nobody tells it', async () => {
  const files = new SimulatedFiles()
  const first = await openSmall(files, EXT)
  await append(first, message('with a unit', { tag: 'A' }))
  await close(first, files)
  let isClosed = true
  files.fault = (call, path) => (call === 'open' && isClosed && path.includes('/consumequeue_ext/') ? 'EIO' : undefined)
  const bitMapOf: BitMapOf = () => {
    throw new RangeError('no filter')
  }
  const store = await openSmall(files, EXT, { bitMapOf })
  for (const text of ['without', 'without, too']) {
    expect((await append(store, message(text, { tag: 'A' }))).status).toBe('ok')
  }
  isClosed = false
  expect((await append(store, message('with one again', { tag: 'A' }))).status).toBe('ok')
  expect(await withTag(store, 'A')).toEqual(['with a unit', 'without', 'without, too', 'with one again'])
  await close(store, files)
})
