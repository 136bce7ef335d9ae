import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Message } from '../../message/index.ts'
import { outgoingBatch } from './outgoing.ts'
import { splitBatch } from './split-batch.ts'

const MAX_BYTES = 2000
const text = fc.string({ minLength: 1, maxLength: 20, unit: fc.constantFrom('a', 'ü', '7') })
const message: fc.Arbitrary<Message> = fc.record({
  topic: fc.constantFrom('T', 'U'),
  body: fc.uint8Array({ minLength: 1, maxLength: 900 }),
  tag: fc.option(text, { nil: undefined }),
  keys: fc.array(text, { maxLength: 3 }),
  properties: fc.dictionary(text, text, { maxKeys: 3 }),
})

test('every batch has one topic and fits, and nothing is lost, repeated or reordered', () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 30 }), (messages) => {
      const batches = splitBatch(messages, MAX_BYTES)
      for (const batch of batches) {
        const sent = outgoingBatch(batch, () => 'F'.repeat(32), 0, {
          compressOverBytes: 4096,
          compression: 'zlib',
          maxMessageBytes: 1e6,
        })
        expect(sent.body.length).toBeLessThanOrEqual(MAX_BYTES)
      }
      for (const topic of ['T', 'U']) {
        const ofTopic = (one: Message): boolean => one.topic === topic
        expect(batches.flat().filter(ofTopic)).toEqual(messages.filter(ofTopic))
      }
    }),
  )
})

test('a message larger than a batch goes alone', () => {
  const large = { topic: 'T', body: Buffer.alloc(5000) }
  const small = { topic: 'T', body: Buffer.alloc(1) }
  expect(splitBatch([small, large, small], MAX_BYTES)).toEqual([[small], [large], [small]])
})
