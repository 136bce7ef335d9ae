import { expect, test } from 'vitest'
import { openSmall, SMALL, STORE } from '../../test/kit/store.ts'
import { SimulatedFiles } from '../base/files/index.ts'
import { messagesByKey, putMessage, readMessages, verifyStore } from './index.ts'

test('a store by itself keeps messages and finds them by queue and by key', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files)
  const body = (n: number): Uint8Array => new TextEncoder().encode(`entry ${n}`)
  for (let n = 0; n < 20; n++) {
    const keys = [`k${n % 2}`, 'all']
    await putMessage(store, { topic: 'Ledger', tag: 'x', keys, body: body(n), properties: { n: `${n}` } }, 3)
  }
  const { messages, nextOffset, maxOffset } = await readMessages(store, 'Ledger', 3, 5, { maxMessages: 4 })
  expect(messages.map((found) => [found.body.toString(), found.tag, found.properties['n']])).toEqual(
    [5, 6, 7, 8].map((n) => [`entry ${n}`, 'x', `${n}`]),
  )
  expect([nextOffset, maxOffset]).toEqual([9, 20])
  const odd = await messagesByKey(store, 'Ledger', 'k1')
  expect(odd.map((found) => found.queueOffset)).toEqual([1, 3, 5, 7, 9, 11, 13, 15, 17, 19])
  const [byId] = await messagesByKey(store, 'Ledger', odd[4]?.messageId ?? '')
  expect(byId?.queueOffset).toBe(9)
  expect(await messagesByKey(store, 'Ledger', 'k2')).toEqual([])
  await store[Symbol.asyncDispose]()
  expect((await verifyStore(STORE, SMALL, files)).problems).toEqual([])
})

test('a message that cannot be stored is refused with the reason', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files)
  const put = (changes: object): unknown => putMessage(store, { topic: 'T', body: Buffer.from('x'), ...changes })
  await expect(put({ body: Buffer.alloc(5000) })).rejects.toMatchObject({
    code: 'RMQ_STORE_REFUSED',
    details: { topic: 'T', queueId: 0, status: 'message-illegal' },
  })
  expect(() => put({ keys: ['a b'] })).toThrow('"a b"')
  await store[Symbol.asyncDispose]()
  await expect(put({})).rejects.toMatchObject({ details: { status: 'service-not-available' } })
  expect((await verifyStore(STORE, SMALL, files)).problems).toEqual([])
})
