import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { decodeRecord, encodeProperties, type ReceivedMessage } from '../../src/message/index.ts'
import {
  CheckTransactionState,
  EndTransaction,
  RESPONSE_CODE,
  type RequestOf,
  route,
  TRANSACTION_END,
} from '../../src/remoting/index.ts'
import { expectRefusal, startTestBroker, type TestBroker, type WireClient, wireClient } from '../kit/broker.ts'
import { until } from '../kit/until.ts'

// The broker's side of transactions, over the bare protocol.

const HALF = 'RMQ_SYS_TRANS_HALF_TOPIC'
const OP = 'RMQ_SYS_TRANS_OP_HALF_TOPIC'
const ASIDE = 'TRANS_CHECK_MAX_TIME_TOPIC'
/** Open transactions are asked about at once, and ends recorded at once. */
const QUICK = { transactionTimeOut: 0, transactionCheckInterval: 20, transactionOpBatchInterval: 1 }
const ID = 'ID-OF-THE-MESSAGE'

type Sent = Awaited<ReturnType<WireClient['send']>>
type EndChanges = Partial<RequestOf<typeof EndTransaction>>

/** Sends the first half of a transaction of group P for queue 2 of topic T, as a Java client does. */
function sendHalf(client: WireClient, text: string, more: Readonly<Record<string, string>> = {}): Promise<Sent> {
  const properties = { TRAN_MSG: 'true', PGROUP: 'P', UNIQ_KEY: ID, WAIT: 'true', ...more }
  return client.send('T', text, { sysFlag: 4, queueId: 2, bornTimestamp: Date.now(), with: properties })
}

function end(client: WireClient, { header }: Sent, how: keyof typeof TRANSACTION_END, changes: EndChanges = {}) {
  return client.remoting.invoke(client.address, EndTransaction, {
    producerGroup: 'P',
    tranStateTableOffset: header.queueOffset,
    commitLogOffset: Number.parseInt(header.msgId.slice(-16), 16),
    commitOrRollback: TRANSACTION_END[how],
    ...changes,
  })
}

interface Question {
  readonly request: RequestOf<typeof CheckTransactionState>
  readonly message: ReceivedMessage
}

/** A member of producer group P; gives what it is asked, in order. */
async function producerOf(broker: TestBroker, clientId = 'c'): Promise<readonly Question[]> {
  const questions: Question[] = []
  const listening = route(CheckTransactionState, (request, call) => {
    questions.push({ request, message: decodeRecord(Buffer.from(call.body), 0, request.bname ?? '') })
    return {}
  })
  await wireClient(broker, listening).heartbeat(clientId, [], ['P'])
  return questions
}

const delivered = async (client: WireClient): Promise<readonly string[]> =>
  (await client.pull('T', 0, { queueId: 2 })).texts
const recordedEnds = async (client: WireClient): Promise<string> => (await client.pull(OP, 0)).texts.join('')

test('a first half waits in the half topic, is answered with its place there, and is seen by nobody', async () => {
  const client = wireClient(await startTestBroker())
  const sent = await sendHalf(client, 'one', { TAGS: 'A' })
  expect(sent.header).toMatchObject({ queueId: 2, queueOffset: 0, transactionId: ID })
  expect((await sendHalf(client, 'two')).header.queueOffset).toBe(1)
  expect(await delivered(client)).toEqual([])
  const [half] = (await client.pull(HALF, 0)).messages
  expect(half).toMatchObject({ queueId: 0, sysFlag: 0, offsetMessageId: sent.header.msgId })
  expect(half?.properties).toMatchObject({ REAL_TOPIC: 'T', REAL_QID: '2', __transactionId__: ID, TRAN_MSG: 'true' })
})

test('a commit delivers the message to its own queue with the mark of a commit, and records the end', async () => {
  const client = wireClient(await startTestBroker({ transactionOpBatchInterval: 1 }))
  const sent = await sendHalf(client, 'one', { TAGS: 'A' })
  await end(client, sent, 'commit')
  const [half] = (await client.pull(HALF, 0)).messages
  const [message] = (await client.pull('T', 0, { queueId: 2, subscription: 'A' })).messages
  expect(message).toMatchObject({
    topic: 'T',
    messageId: ID,
    sysFlag: 8,
    preparedTransactionOffset: half?.physicalOffset,
    bornTimestamp: half?.bornTimestamp,
    bornHost: half?.bornHost,
    properties: half?.properties,
  })
  await until('the end is recorded', async () => (await recordedEnds(client)) === '0,')
  const [op] = (await client.pull(OP, 0)).messages
  expect(op).toMatchObject({ tag: 'd', queueId: 0, sysFlag: 0 })
})

test('a rollback delivers nothing; ends that come close together share a record', async () => {
  const client = wireClient(await startTestBroker({ transactionOpBatchInterval: 200 }))
  const sent = await Promise.all(['a', 'b', 'c'].map((text) => sendHalf(client, text)))
  for (const one of sent) await end(client, one, one === sent[1] ? 'commit' : 'rollback')
  await until('the ends are recorded', async () => (await client.pull(OP, 0)).texts.length > 0)
  expect((await client.pull(OP, 0)).texts).toEqual(['0,1,2,'])
  expect(await delivered(client)).toEqual(['b'])
})

test('a record of ends is written at once when it is full', async () => {
  const settings = { transactionOpBatchInterval: 60_000, transactionOpMsgMaxSize: 4 }
  const client = wireClient(await startTestBroker(settings))
  for (const text of ['a', 'b', 'c']) await end(client, await sendHalf(client, text), 'rollback')
  await until('the full record is there', async () => (await recordedEnds(client)) === '0,1,')
})

test('a second end of the same half message has no effect', async () => {
  const client = wireClient(await startTestBroker())
  const sent = await sendHalf(client, 'once')
  await Promise.all([end(client, sent, 'commit'), end(client, sent, 'commit')])
  await end(client, sent, 'commit', { fromTransactionCheck: true })
  await end(client, sent, 'rollback')
  expect(await delivered(client)).toEqual(['once'])
})

test('an end with wrong facts is refused, and the half message stays open', async () => {
  const client = wireClient(await startTestBroker())
  const sent = await sendHalf(client, 'one')
  const SYSTEM_ERROR = RESPONSE_CODE.SYSTEM_ERROR
  const notFound = 'Find prepared transaction message failed'
  await expectRefusal(end(client, sent, 'commit', { commitLogOffset: 999_999 }), SYSTEM_ERROR, notFound)
  await expectRefusal(end(client, sent, 'commit', { commitLogOffset: 5 }), SYSTEM_ERROR, notFound)
  await expectRefusal(end(client, sent, 'commit', { producerGroup: 'Q' }), SYSTEM_ERROR, 'The producer group wrong')
  const wrongOffset = 'The transaction state table offset wrong'
  await expectRefusal(end(client, sent, 'commit', { tranStateTableOffset: 7 }), SYSTEM_ERROR, wrongOffset)
  await end(client, sent, 'unknown')
  expect(await delivered(client)).toEqual([])
  await end(client, sent, 'commit')
  const [message] = (await client.pull('T', 0, { queueId: 2 })).messages
  const again = { commitLogOffset: message?.physicalOffset ?? -1, tranStateTableOffset: 0 }
  await expectRefusal(end(client, sent, 'commit', again), SYSTEM_ERROR, notFound)
})

test('after the time that its producer asked for, only the answer to a check ends a transaction', async () => {
  const client = wireClient(await startTestBroker())
  const properties = encodeProperties({ TRAN_MSG: 'true', PGROUP: 'P', CHECK_IMMUNITY_TIME_IN_SECONDS: '5' })
  const sent = await client.send('T', 'old', { sysFlag: 4, queueId: 2, properties })
  await expectRefusal(end(client, sent, 'commit'), RESPONSE_CODE.ILLEGAL_OPERATION)
  await end(client, sent, 'commit', { fromTransactionCheck: true })
  expect(await delivered(client)).toEqual(['old'])
})

test('transactions can be switched off', async () => {
  const client = wireClient(await startTestBroker({ rejectTransactionMessage: true }))
  const remark = 'the broker[127.0.0.1] sending transaction message is forbidden'
  await expectRefusal(sendHalf(client, 'one'), RESPONSE_CODE.NO_PERMISSION, remark)
})

test('a committed message that has a delay level waits for it', async () => {
  const client = wireClient(await startTestBroker({ messageDelayLevel: '2h' }))
  await end(client, await sendHalf(client, 'late', { DELAY: '1' }), 'commit')
  const [waiting] = (await client.pull('SCHEDULE_TOPIC_XXXX', 0)).messages
  expect(waiting?.properties).toMatchObject({ REAL_TOPIC: 'T', REAL_QID: '2' })
  expect(await delivered(client)).toEqual([])
})

test('members of the group are asked in turn about an open transaction, each time with a new place', async () => {
  const broker = await startTestBroker(QUICK)
  const client = wireClient(broker)
  const [first, second] = [await producerOf(broker, 'c1'), await producerOf(broker, 'c2')]
  await sendHalf(client, 'open', { KEYS: 'k' })
  await until('both were asked twice', () => first.length >= 2 && second.length >= 2)
  const [question, later] = [first[0], second[0]].sort(
    (one, other) => (one?.request.tranStateTableOffset ?? 0) - (other?.request.tranStateTableOffset ?? 0),
  )
  expect(question?.request).toMatchObject({ tranStateTableOffset: 1, msgId: ID, transactionId: ID, topic: HALF })
  expect(question?.message).toMatchObject({
    topic: 'T',
    queueId: 2,
    messageId: ID,
    queueOffset: 1,
    physicalOffset: question?.request.commitLogOffset,
    offsetMessageId: question?.request.offsetMsgId,
    properties: { TRANSACTION_CHECK_TIMES: '1', KEYS: 'k' },
  })
  expect(question?.message.body.toString()).toBe('open')
  expect(later?.message.properties).toMatchObject({ TRANSACTION_CHECK_TIMES: '2' })
})

test('the answer to a check delivers once, though the producer ends it by its first place as well', async () => {
  const broker = await startTestBroker(QUICK)
  const client = wireClient(broker)
  const questions = await producerOf(broker)
  const sent = await sendHalf(client, 'open')
  await until('it was asked', () => questions.length >= 2)
  const asked = questions[0]?.request
  await end(client, sent, 'commit')
  const places = {
    tranStateTableOffset: asked?.tranStateTableOffset ?? -1,
    commitLogOffset: asked?.commitLogOffset ?? -1,
  }
  await end(client, sent, 'commit', { ...places, fromTransactionCheck: true })
  const { length } = questions
  await end(client, await sendHalf(client, 'next'), 'unknown')
  await until('the next one is asked about', () => questions.at(-1)?.message.body.toString() === 'next')
  const more = questions.slice(length).map(({ message }) => message.body.toString())
  expect(more.filter((text) => text === 'open').length).toBeLessThanOrEqual(1)
  expect(await delivered(client)).toEqual(['open'])
})

test('a transaction that nobody can tell about is put aside after so many checks, though nobody was connected', async () => {
  const client = wireClient(await startTestBroker({ ...QUICK, transactionCheckMax: 3 }))
  await sendHalf(client, 'orphan')
  // The topic is made with its first message.
  const isThere = async (): Promise<boolean> => (await client.pull(ASIDE, 0).catch(() => undefined))?.texts.length === 1
  await until('it is put aside', isThere)
  const [aside] = (await client.pull(ASIDE, 0)).messages
  expect(aside?.properties).toMatchObject({ TRANSACTION_CHECK_TIMES: '3', REAL_TOPIC: 'T', PGROUP: 'P' })
  expect((await client.pull(HALF, 0)).texts).toEqual(['orphan', 'orphan', 'orphan', 'orphan'])
})

test('a transaction that asked for time is passed by, and does not hold up those behind it', async () => {
  const broker = await startTestBroker(QUICK)
  const client = wireClient(broker)
  const questions = await producerOf(broker)
  const spared = await sendHalf(client, 'spared', { CHECK_IMMUNITY_TIME_IN_SECONDS: '60' })
  await sendHalf(client, 'open')
  await until('the one behind was asked about', () => questions.length >= 3)
  expect(questions.map(({ message }) => message.body.toString())).not.toContain('spared')
  const again = (await client.pull(HALF, 2)).messages.find((message) => message.body.toString() === 'spared')
  expect(again?.properties).toMatchObject({ TRAN_PREPARED_QUEUE_OFFSET: '0' })
  await end(client, spared, 'commit')
  expect(await delivered(client)).toEqual(['spared'])
})

test('open and ended transactions are known after a restart', async () => {
  const first = await startTestBroker({ transactionTimeOut: 0, transactionCheckInterval: 200 })
  const client = wireClient(first)
  const [open, committed] = [await sendHalf(client, 'open'), await sendHalf(client, 'committed')]
  await end(client, committed, 'commit')
  const second = await first.restart()
  const kept = JSON.parse(readFileSync(join(second.directory, 'config', 'consumerOffset.json'), 'utf8'))
  expect(kept.offsetTable).toMatchObject({
    [`${HALF}@CID_RMQ_SYS_TRANS`]: { 0: 0 },
    [`${OP}@CID_RMQ_SYS_TRANS`]: { 0: 0 },
  })
  const again = wireClient(second)
  expect(await recordedEnds(again)).toBe('1,')
  const questions = await producerOf(second)
  await until('the open one is asked about', () => questions.length > 0)
  expect(questions[0]?.message.body.toString()).toBe('open')
  await end(again, open, 'commit')
  expect(await delivered(again)).toEqual(['committed'])
  expect((await again.pull('T', 1, { queueId: 2 })).texts).toEqual(['open'])
  const third = await second.restart()
  const done = JSON.parse(readFileSync(join(third.directory, 'config', 'consumerOffset.json'), 'utf8'))
  expect(done.offsetTable[`${HALF}@CID_RMQ_SYS_TRANS`][0]).toBeGreaterThanOrEqual(3)
})
