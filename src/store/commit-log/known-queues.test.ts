import fc from 'fast-check'
import { expect, test } from 'vitest'
import { topicHash } from '../index-file/key-hash.ts'
import { KnownQueues } from './known-queues.ts'

test('each topic and queue id is one queue, however many there are, and keeps what was found for it', () => {
  const known = new KnownQueues<string>()
  const names = Array.from({ length: 1500 }, (_, index) => `Topic-${'x'.repeat(index % 40)}-${index >> 1}-ü`)
  for (let round = 0; round < 2; round++) {
    for (const topic of names) {
      for (const queueId of [0, 1, -7, 0x7fff_ffff]) {
        const bytes = Buffer.from(`before${topic}behind`)
        const found = known.at(bytes, 6, bytes.length - 6, queueId)
        expect(found).toMatchObject({ topic, keyHash: topicHash(topic) })
        expect(found.item ?? `${topic}/${queueId}`).toBe(`${topic}/${queueId}`)
        found.item = `${topic}/${queueId}`
      }
    }
  }
})

test('bytes that are no UTF-8 are told apart too', () => {
  const topic = fc.uint8Array({ maxLength: 4 })
  fc.assert(
    fc.property(fc.array(fc.tuple(topic, fc.integer({ min: 0, max: 3 })), { maxLength: 50 }), (queues) => {
      const known = new KnownQueues<string>()
      for (const [bytes, queueId] of [...queues, ...queues]) {
        const name = `${Buffer.from(bytes).toString('hex')}/${queueId}`
        const found = known.at(Buffer.from(bytes), 0, bytes.length, queueId)
        expect(found.item ?? name).toBe(name)
        found.item = name
      }
    }),
  )
})
