/** Light queues: entries for one record in any number of queues. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { allTexts, append, message, openSmall, SMALL, STORE, textsOf } from '../../../test/kit/store.ts'
import { SimulatedFiles } from '../../base/files/index.ts'
import { seededRandom } from '../../base/random/index.ts'
import { decodeProperties, encodeProperties } from '../../message/index.ts'
import { type AppendMessage, type MessageStore, verifyStore } from '../index.ts'

const LIGHT = { enableLmq: true, enableMultiDispatch: true }

function to(names: readonly string[], text: string, changes: Partial<AppendMessage> = {}): AppendMessage {
  const properties = encodeProperties({ TAGS: 'L', INNER_MULTI_DISPATCH: names.join(',') })
  return message(text, { properties, ...changes })
}

async function close(store: MessageStore, files: SimulatedFiles): Promise<void> {
  await store[Symbol.asyncDispose]()
  expect((await verifyStore(STORE, { ...SMALL, ...LIGHT }, files)).problems).toEqual([])
}

async function propertiesOf(store: MessageStore, physicalOffset: number): Promise<Record<string, string>> {
  const record = (await store.recordAt(physicalOffset)) ?? Buffer.alloc(0)
  return decodeProperties(record.toString('utf8', record.indexOf('TAGS')))
}

test('the record tells the offsets in the light queues; each has an entry for it with its tags code', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files, LIGHT)
  await append(store, to(['%LMQ%a'], '0'))
  const { physicalOffset } = await append(store, to(['%LMQ%a', '%LMQ%b', '%LMQ%a'], '1'))
  expect(await propertiesOf(store, physicalOffset)).toMatchObject({ INNER_MULTI_QUEUE_OFFSET: '1,0,1' })
  expect(await allTexts(store, '%LMQ%a')).toEqual(['0', '1'])
  expect(await allTexts(store, '%LMQ%b')).toEqual(['1'])
  const found = await store.read('%LMQ%b', 0, 0, { maxMessages: 1, accepts: (code) => code === 76 })
  expect(found.status).toBe('FOUND')
  await close(store, files)
})

test('arrivals in light queues are told, as messages that were counted already', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files, LIGHT)
  const told: unknown[] = []
  store.onArrival((topic, queueId, queueOffset, _code, _time, _size, messages) => {
    told.push([topic, queueId, queueOffset, messages])
  })
  await append(store, to(['%LMQ%a', '%LMQ%b'], '0', { queueId: 3 }))
  expect(told).toEqual([
    ['T', 3, 0, 1],
    ['%LMQ%a', 0, 0, 0],
    ['%LMQ%b', 0, 0, 0],
  ])
  await close(store, files)
})

test.each(['RMQ_SYS_TRANS_HALF_TOPIC', 'rmq_sys_other', '%RETRY%G', 'SCHEDULE_TOPIC_XXXX'])(
  'messages of %s are in no light queue, whatever they claim',
  async (topic) => {
    const files = new SimulatedFiles()
    const store = await openSmall(files, LIGHT)
    const properties = encodeProperties({ INNER_MULTI_DISPATCH: '%LMQ%a', INNER_MULTI_QUEUE_OFFSET: '0' })
    await append(store, message('x', { topic, properties }))
    await append(store, to(['%LMQ%a'], 'y'))
    expect(await allTexts(store, '%LMQ%a')).toEqual(['y'])
    await close(store, files)
  },
)

test('a light queue that is named by its own messages has one entry for each', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files, LIGHT)
  for (const text of ['0', '1']) await append(store, to(['%LMQ%a', '%LMQ%b'], text, { topic: '%LMQ%a' }))
  for (const topic of ['%LMQ%a', '%LMQ%b']) expect(await allTexts(store, topic)).toEqual(['0', '1'])
  await close(store, files)
  files.remove(`${STORE}/consumequeue`)
  const again = await openSmall(files, LIGHT)
  for (const topic of ['%LMQ%a', '%LMQ%b']) expect(await allTexts(again, topic)).toEqual(['0', '1'])
  await close(again, files)
})

test('names that can be no folder get no entry, and a part of a plain batch cannot claim offsets', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files, LIGHT)
  expect((await append(store, to(['%LMQ%../x', '%LMQ%a'], '0'))).status).toBe('ok')
  expect(await allTexts(store, '%LMQ%a')).toEqual(['0'])
  const properties = Buffer.from(encodeProperties({ INNER_MULTI_DISPATCH: '%LMQ%a', INNER_MULTI_QUEUE_OFFSET: '9' }))
  const { flag: _flag, body: _body, ...batch } = message('')
  const status = await new Promise((resolve) =>
    store.appendBatch(
      { ...batch, parts: [{ flag: 0, body: Buffer.from('x'), properties }] },
      { appended: (result) => resolve(result.status) },
    ),
  )
  expect(status).toBe('message-illegal')
  await close(store, files)
})

test('when the log cannot be written light queues give back the offsets, too', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files, LIGHT)
  await append(store, to(['%LMQ%a'], '0'))
  files.fault = (call, path) => (call === 'write' && path.includes('commitlog') ? 'EIO' : undefined)
  expect((await append(store, to(['%LMQ%a'], 'lost'))).status).toBe('service-not-available')
  files.fault = () => undefined
  const { physicalOffset } = await append(store, to(['%LMQ%a'], '1'))
  expect(await propertiesOf(store, physicalOffset)).toMatchObject({ INNER_MULTI_QUEUE_OFFSET: '1' })
  expect(await allTexts(store, '%LMQ%a')).toEqual(['0', '1'])
  await close(store, files)
})

test('a light queue that was dropped begins anew and does not come back, and its messages stay elsewhere', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files, LIGHT)
  await append(store, to(['%LMQ%a', '%LMQ%b'], '0'))
  await store.dropTopic('%LMQ%a')
  await append(store, to(['%LMQ%a', '%LMQ%b'], '1'))
  expect(await allTexts(store, '%LMQ%a')).toEqual(['1'])
  await close(store, files)
  files.remove(`${STORE}/clean-stop.rocketstream`)
  files.writeWhole(`${STORE}/abort`, '1')
  const again = await openSmall(files, LIGHT)
  expect(await allTexts(again, '%LMQ%a')).toEqual(['1'])
  expect(await allTexts(again, '%LMQ%b')).toEqual(['0', '1'])
  await close(again, files)
})

test('light queues are read, and survive a crash, in a store that is not told to keep any', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files, LIGHT)
  for (const text of textsOf('t', 30)) await append(store, to(['%LMQ%a'], text))
  await store.flush()
  const left = files.losePower(seededRandom(1))
  await close(store, files)
  const again = await openSmall(left)
  if (again.maxOffset('%LMQ%a', 0) > 0) expect(await allTexts(again, '%LMQ%a')).toEqual(textsOf('t', 30))
  await again[Symbol.asyncDispose]()
  const whole = await openSmall(left, LIGHT)
  expect(await allTexts(whole)).toEqual(textsOf('t', 30))
  await whole[Symbol.asyncDispose]()
})

test('whatever is appended, lost and reopened: every light queue has its messages in order', async () => {
  const send = fc.uniqueArray(fc.constantFrom('%LMQ%a', '%LMQ%b', '%LMQ%c'), { maxLength: 3 })
  const step = fc.oneof(
    { weight: 6, arbitrary: send },
    { weight: 1, arbitrary: fc.constantFrom('stop', 'crash', 'lose') },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.nat(), async (steps, seed) => {
      let files = new SimulatedFiles()
      const random = seededRandom(seed)
      let store = await openSmall(files, LIGHT)
      const expected: Record<string, string[]> = { T: [], '%LMQ%a': [], '%LMQ%b': [], '%LMQ%c': [] }
      for (const [number, action] of steps.entries()) {
        if (typeof action !== 'string') {
          await append(store, to(action, `${number}`))
          for (const topic of ['T', ...action]) expected[topic]?.push(`${number}`)
          continue
        }
        if (action === 'crash') {
          await store.flush()
          const left = files.losePower(random)
          await store[Symbol.asyncDispose]()
          files = left
        } else {
          await close(store, files)
        }
        if (action === 'lose') files.remove(`${STORE}/consumequeue`)
        store = await openSmall(files, LIGHT)
      }
      for (const [topic, texts] of Object.entries(expected)) expect(await allTexts(store, topic)).toEqual(texts)
      await close(store, files)
    }),
    { numRuns: 30 },
  )
})
