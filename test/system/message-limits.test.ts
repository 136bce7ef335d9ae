import { expect, test } from 'vitest'
import { RESPONSE_CODE } from '../../src/remoting/index.ts'
import { expectRefusal, startTestBroker, wireClient } from '../kit/broker.ts'

// What does not fit into a record is refused with Apache's answer, and what just fits is stored.

const ILLEGAL =
  'the message is illegal, maybe msg body or properties length not matched. ' +
  'msg body length limit 1000B, msg properties length limit 32KB.'

test('a body or properties beyond their limits are refused with MESSAGE_ILLEGAL, and the next message is stored', async () => {
  const broker = await startTestBroker({ maxMessageSize: 1000 })
  const client = wireClient(broker)
  const { header } = await client.send('Limits', 'b'.repeat(1000))
  await expectRefusal(client.send('Limits', 'b'.repeat(1001)), RESPONSE_CODE.MESSAGE_ILLEGAL, ILLEGAL)
  const tooLong = { with: { k: 'v'.repeat(32_767) } }
  await expectRefusal(client.send('Limits', 'x', tooLong), RESPONSE_CODE.MESSAGE_ILLEGAL, ILLEGAL)
  const next = await client.send('Limits', 'next', { with: { k: 'v'.repeat(32_000) } })
  expect(next.header.queueOffset).toBe(header.queueOffset + 1)
  const { texts } = await client.pull('Limits', next.header.queueOffset)
  expect(texts).toEqual(['next'])
})

test('a topic may have 127 bytes', async () => {
  const client = wireClient(await startTestBroker())
  const longest = 't'.repeat(127)
  await client.send(longest, 'stored')
  expect((await client.pull(longest, 0)).texts).toEqual(['stored'])
  await expectRefusal(client.send(`${longest}t`, 'refused'), RESPONSE_CODE.INVALID_PARAMETER)
})

test('messages whose records have their own checksum are read like others', async () => {
  const broker = await startTestBroker({ enabledAppendPropCRC: true, forceVerifyPropCRC: true })
  await wireClient(broker).send('Summed', 'first', { with: { TAGS: 'a' } })
  const client = wireClient(await broker.restart())
  await client.send('Summed', 'second')
  const { messages } = await client.pull('Summed', 0)
  expect(messages[0]?.body.toString()).toBe('first')
  expect((await client.pull('Summed', 1)).texts).toEqual(['second'])
  expect(messages[0]?.properties['__CRC32#']).toMatch(/^\d{10}$/)
  expect(messages[0]?.tag).toBe('a')
})
