import { afterEach, beforeEach, expect, test } from 'vitest'
import { append, message, openSmall, SMALL, STORE } from '../../../test/kit/store.ts'
import { deferred } from '../../base/async/index.ts'
import { SimulatedFiles } from '../../base/files/index.ts'
import { decodeRecord, encodeProperties, hostBytes, MAGIC, RECORD } from '../../message/index.ts'
import { type AppendMessage, type AppendResult, type MessageStore, type StoreConfig, verifyStore } from '../index.ts'

const LARGE: Partial<StoreConfig> = { mappedFileSizeCommitLog: 256 * 1024 }

let files: SimulatedFiles
let store: MessageStore
let changes: Partial<StoreConfig> = {}

beforeEach(() => {
  files = new SimulatedFiles()
})

/** Whatever a test stored must be in order afterwards. */
afterEach(async () => {
  await store[Symbol.asyncDispose]()
  expect((await verifyStore(STORE, { ...SMALL, ...changes }, files)).problems).toEqual([])
})

async function open(with_: Partial<StoreConfig> = {}): Promise<void> {
  changes = with_
  store = await openSmall(files, with_)
}

/** Whether a message is stored; one that is refused must leave no trace in the log. */
async function statusOf(change: Partial<AppendMessage>): Promise<string> {
  const end = store.maxPhysicalOffset
  const { status } = await append(store, message('', change))
  if (status !== 'ok') expect(store.maxPhysicalOffset).toBe(end)
  return status
}

const propertiesOf = (bytes: number): string => `k\u0001${'v'.repeat(bytes - 3)}\u0002`

test('a body may have as many bytes as maxMessageSize says, and not one more', async () => {
  await open({ ...LARGE, maxMessageSize: 1000 })
  expect(await statusOf({ body: Buffer.alloc(1000) })).toBe('ok')
  expect(await statusOf({ body: Buffer.alloc(1001) })).toBe('message-illegal')
})

test('properties that recovery could not tell from torn ones are refused, as text and as bytes', async () => {
  await open(LARGE)
  for (const [properties, status] of [
    ['k\u0001v\u0000', 'message-illegal'],
    ['k\u0001v\u0000\u0002', 'ok'],
    [`k\u0001${'\0'.repeat(512)}\u0002`, 'message-illegal'],
    [`k\u0001${'\0'.repeat(511)}\u0002`, 'ok'],
  ] as const) {
    expect(await statusOf({ properties })).toBe(status)
    expect(await statusOf({ properties: Buffer.from(properties) })).toBe(status)
  }
})

test('properties may have 32,767 bytes of UTF-8, and not one more', async () => {
  await open(LARGE)
  expect(await statusOf({ properties: propertiesOf(32_767) })).toBe('ok')
  expect(await statusOf({ properties: propertiesOf(32_768) })).toBe('properties-too-long')
  expect(await statusOf({ properties: Buffer.from(propertiesOf(32_767)) })).toBe('ok')
  expect(await statusOf({ properties: Buffer.from(propertiesOf(32_768)) })).toBe('properties-too-long')
  expect(await statusOf({ properties: `k\u0001${'名'.repeat(10_921)}\u0002` })).toBe('ok')
  expect(await statusOf({ properties: `k\u0001${'名'.repeat(10_922)}\u0002` })).toBe('properties-too-long')
})

test('the checksum of a record counts among its properties', async () => {
  await open({ ...LARGE, enabledAppendPropCRC: true })
  expect(await statusOf({ properties: propertiesOf(32_747) })).toBe('ok')
  expect(await statusOf({ properties: propertiesOf(32_748) })).toBe('properties-too-long')
  expect(await statusOf({ properties: propertiesOf(32_747).slice(0, -1) })).toBe('ok')
  expect(await statusOf({ properties: `${propertiesOf(32_748).slice(0, -1)}` })).toBe('properties-too-long')
})

test('a topic may have 127 bytes, one of a group’s retries 255', async () => {
  await open(LARGE)
  expect(await statusOf({ topic: 't'.repeat(127) })).toBe('ok')
  expect(await statusOf({ topic: 't'.repeat(128) })).toBe('message-illegal')
  expect(await statusOf({ topic: '名'.repeat(43) })).toBe('message-illegal')
  const retry = `%RETRY%${'g'.repeat(248)}`
  expect(await statusOf({ topic: retry })).toBe('ok')
  expect(await statusOf({ topic: `${retry}g` })).toBe('message-illegal')
  expect(store.maxOffset(retry, 0)).toBe(1)
})

test('a record that fits into no file is refused before it closes one, with the blank that must follow counted', async () => {
  await open()
  const fileBytes = SMALL.mappedFileSizeCommitLog as number
  const fixed = RECORD.body + 1 + 1 + 2
  await append(store, message('first'))
  expect(await statusOf({ body: Buffer.alloc(fileBytes - 8 - fixed + 1) })).toBe('message-illegal')
  const largest = await append(store, message('', { body: Buffer.alloc(fileBytes - 8 - fixed) }))
  expect(largest).toMatchObject({ status: 'ok', physicalOffset: fileBytes })
  const outcome = deferred<AppendResult>()
  const part = { flag: 0, body: Buffer.alloc(fileBytes / 2), properties: Buffer.alloc(0) }
  const end = store.maxPhysicalOffset
  store.appendBatch({ ...message(''), parts: [part, part] }, { appended: outcome.resolve })
  expect(await outcome.promise).toMatchObject({ status: 'message-illegal' })
  expect(store.maxPhysicalOffset).toBe(end)
})

test.each([
  { flag: 2 ** 31 },
  { flag: 0.5 },
  { sysFlag: -(2 ** 31) - 1 },
  { reconsumeTimes: Number.NaN },
  { bornTimestamp: Number.POSITIVE_INFINITY },
  { bornTimestamp: 2 ** 53 },
  { preparedTransactionOffset: 1.5 },
  { bornHost: Buffer.alloc(7) },
  { queueId: -1 },
  { queueId: 2 ** 31 },
  { topic: '' },
  { topic: '../up' },
])('what does not fit into its field is refused: %j', async (change) => {
  await open()
  expect(await statusOf(change)).toBe('message-illegal')
  expect(await statusOf({})).toBe('ok')
})

test('a record has the form that its topic and its hosts ask for, and every form is recovered after a crash', async () => {
  await open({ ...LARGE, storeHost: 'fe80::7', storePort: 1 })
  const wanted: AppendMessage[] = []
  for (const topic of ['T', `%RETRY%${'g'.repeat(200)}`]) {
    for (const host of ['10.1.2.3', '2001:db8::1']) {
      for (const sysFlag of [0, 0x1, 0x4, 0xc, 0x8, 0x700]) {
        wanted.push(message(`${topic} ${host} ${sysFlag}`, { topic, sysFlag, bornHost: hostBytes(host, 4321) }))
      }
    }
  }
  const stored = await Promise.all(wanted.map((one) => append(store, one)))
  const check = async (): Promise<void> => {
    for (const [index, { topic, bornHost, body, sysFlag }] of wanted.entries()) {
      const at = stored[index]?.physicalOffset ?? -1
      const found = await store.recordAt(at)
      if (found === undefined) throw new Error(`no record at ${at}`)
      const record = Buffer.from(found)
      expect(record.readInt32BE(RECORD.magic)).toBe(topic.length > 127 ? MAGIC.v2 : MAGIC.v1)
      const isV6 = bornHost.length === 20
      expect(record.readInt32BE(RECORD.sysFlag)).toBe(sysFlag | (isV6 ? 0x30 : 0x20))
      record.writeInt32BE(record.readInt32BE(RECORD.sysFlag) & ~1, RECORD.sysFlag)
      expect(decodeRecord(record, 0, 'b')).toMatchObject({
        topic,
        body,
        bornHost: isV6 ? '[2001:db8:0:0:0:0:0:1]:4321' : '10.1.2.3:4321',
        storeHost: '[fe80:0:0:0:0:0:0:7]:1',
        physicalOffset: at,
      })
    }
  }
  await check()
  const killed = files.copyAll()
  await store[Symbol.asyncDispose]()
  files = killed
  store = await openSmall(files, changes)
  await check()
})

test('properties with names repeated, values empty and separators missing are stored as they came', async () => {
  await open()
  for (const properties of ['a\u0001b', 'a\u0001b\u0002a\u0001c\u0002', '\u0002\u0002', encodeProperties({ k: 'v' })]) {
    const { physicalOffset } = await append(store, message('x', { properties }))
    const record = await store.recordAt(physicalOffset)
    expect(record?.subarray(-Buffer.byteLength(properties)).toString()).toBe(properties)
  }
})
