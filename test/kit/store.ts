import { deferred } from '../../src/base/async/index.ts'
import { type Files, SimulatedFiles } from '../../src/base/files/index.ts'
import { systemClock } from '../../src/base/time/index.ts'
import { decodeRecords, encodeProperties, hostBytes, type ReceivedMessage } from '../../src/message/index.ts'
import {
  type AppendMessage,
  type AppendResult,
  type MessageStore,
  openStore,
  type ReadLimits,
  type ReadResult,
  type StoreConfig,
  type StorePorts,
  storeConfig,
} from '../../src/store/index.ts'

/** Where stores of tests lie in simulated files. */
export const STORE = '/store'

/** Small files, so that few messages fill several. */
export const SMALL: Partial<StoreConfig> = {
  storePathRootDir: STORE,
  mappedFileSizeCommitLog: 4096,
  mappedFileSizeConsumeQueue: 200,
  maxHashSlotNum: 50,
  maxIndexNum: 40,
}

/** A store in simulated files, with small files unless `changes` say otherwise. */
export function openSmall(
  files: SimulatedFiles,
  changes: Partial<StoreConfig> = {},
  ports: StorePorts = {},
): Promise<MessageStore> {
  return openStore(storeConfig.with({ ...SMALL, ...changes }), { files, ...ports })
}

/** A message with the given text as its body. */
export function message(text: string, changes: Partial<AppendMessage> & { tag?: string } = {}): AppendMessage {
  const { tag, ...rest } = changes
  return {
    topic: 'T',
    queueId: 0,
    flag: 0,
    sysFlag: 0,
    bornTimestamp: 1_700_000_000_000,
    bornHost: hostBytes('127.0.0.1', 1234),
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
    body: Buffer.from(text),
    properties: tag === undefined ? '' : encodeProperties({ TAGS: tag }),
    waitStoreOk: true,
    ...rest,
  }
}

/** Appends one message; resolves to its outcome. */
export function append(store: MessageStore, input: AppendMessage): Promise<AppendResult> {
  const done = deferred<AppendResult>()
  store.append(input, { appended: done.resolve })
  return done.promise
}

/** Appends texts to queue 0 of topic T, all in one turn; resolves to their outcomes. */
export function appendTexts(store: MessageStore, texts: readonly string[]): Promise<AppendResult[]> {
  return Promise.all(texts.map((text) => append(store, message(text))))
}

/** Reads once and decodes. */
export async function read(
  store: MessageStore,
  fromOffset: number,
  limits: Partial<ReadLimits> = {},
  topic = 'T',
  queueId = 0,
): Promise<{ result: ReadResult; messages: ReceivedMessage[] }> {
  const result = await store.read(topic, queueId, fromOffset, { maxMessages: 32, ...limits })
  return { result, messages: decodeRecords(Buffer.concat(result.slices), 'b') }
}

/** The texts of all messages of a queue, in order. */
export async function allTexts(store: MessageStore, topic = 'T', queueId = 0): Promise<string[]> {
  const texts: string[] = []
  let offset = store.minOffset(topic, queueId)
  while (offset < store.maxOffset(topic, queueId)) {
    const { result, messages } = await read(store, offset, {}, topic, queueId)
    texts.push(...messages.map((found) => found.body.toString()))
    if (result.nextOffset <= offset) break
    offset = result.nextOffset
  }
  return texts
}

/** `prefix-0` … `prefix-(count-1)`. */
export function textsOf(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`)
}

/** Resolves after the present turn of the event loop. */
export async function nextTurn(): Promise<void> {
  const turn = deferred()
  systemClock.setImmediate(() => turn.resolve())
  await turn.promise
}

/** The content of all files below a folder: path → bytes without the zeros behind the last other byte. */
export function filesBelow(files: Files, folder: string): Record<string, string> {
  const found: Record<string, string> = {}
  for (const { name, isDirectory } of files.list(folder)) {
    const path = `${folder}/${name}`
    if (isDirectory) Object.assign(found, filesBelow(files, path))
    else found[path] = withoutZeros(files.readWhole(path) ?? Buffer.alloc(0)).toString('hex')
  }
  return found
}

function withoutZeros(bytes: Buffer): Buffer {
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === 0) end--
  return bytes.subarray(0, end)
}
