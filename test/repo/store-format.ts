import type { Layout } from '../../src/base/bytes/index.ts'
import { SimulatedFiles } from '../../src/base/files/index.ts'
import { BATCH_LAYOUT } from '../../src/message/batch/batch.ts'
import { locateRecord, newRecordParts, SYS_FLAG } from '../../src/message/index.ts'
import { BLANK_LAYOUT, RECORD_LAYOUT } from '../../src/message/record/layout.ts'
import { PROPERTY_CRC_BYTES } from '../../src/message/record/property-crc.ts'
import { CHECKPOINT_BYTES, CHECKPOINT_LAYOUT } from '../../src/store/checkpoint/checkpoint.ts'
import { BATCH_ENTRY_LAYOUT, ENTRY_LAYOUT } from '../../src/store/consume-queue/entry.ts'
import { EXT_UNIT_LAYOUT } from '../../src/store/consume-queue/ext-units.ts'
import { type MessageStore, openStore, storeConfig } from '../../src/store/index.ts'
import {
  INDEX_ENTRY_LAYOUT,
  INDEX_HEADER_LAYOUT,
  indexFileBytes,
  SLOT_LAYOUT,
} from '../../src/store/index-file/layout.ts'
import { writeGoldenStore } from '../kit/golden-stores.ts'
import { append, message } from '../kit/store.ts'

/** What each file is; a file without a line here fails the test. `<…>` stands for what varies. */
const FILES: Readonly<Record<string, string>> = {
  'commitlog/<position>': 'all messages in the order in which they came; see [the log](#the-log)',
  'consumequeue/<topic>/<queue>/<position>': 'where the messages of one queue lie; see [queues](#consume-queues)',
  'index/<time>': 'where messages with a key lie; see [the index](#the-index)',
  checkpoint: 'how far log, queues and index are safe; see [the checkpoint](#the-checkpoint)',
  abort: 'process id; there while the store is open, so that finding it means a crash',
  lock: 'the text `lock`; a running broker of Apache’s holds a lock on it',
  'lock.rocketstream': 'ours: process, its start time and thread, as JSON; there while the store is open',
  'clean-stop.rocketstream':
    'ours: ends of log, index and queues after a clean stop, as JSON, so that the next start need not read them',
  'dropped-topics.rocketstream':
    'ours: topic → end of the log when it was dropped, as JSON; its records before that get no queue entry again',
}

/** Bits of the system flag, for all names of `SYS_FLAG`. */
const FLAGS: Readonly<Record<keyof typeof SYS_FLAG, string>> = {
  compressed: 'the body is compressed; how, say the bits `0x700`',
  multiTags: 'means nothing here',
  transactionMask: 'of these two bits:',
  transactionPrepared: '– a half message',
  transactionCommit: '– a committed message',
  transactionRollback: '– a roll-back; neither it nor a half message has a queue entry',
  bornHostV6: 'the producer’s address is IPv6',
  storeHostV6: 'the broker’s address is IPv6',
  needUnwrap: 'the body is a batch that consumers take apart',
  innerBatch: 'the record holds a batch, or came from one',
  compressionMask: 'of these three bits, when the body is compressed (`0x000` is zlib, too):',
  compressionLz4: '– LZ4 frame',
  compressionZstd: '– Zstandard',
  compressionZlib: '– zlib',
}

/** The page docs/store-format.md. */
export async function storeFormatPage(): Promise<string> {
  const { settings } = storeConfig
  const slots = settings.maxHashSlotNum.default
  const entries = settings.maxIndexNum.default
  return [
    '# The store on disk',
    '',
    'What lies in the store’s directory, byte by byte: the files of Apache RocketMQ 5.3.3, which either broker can take over from the',
    'other. [store.md](store.md) explains how they are used. Written from the tables in the code by `npm run docs`.',
    '',
    'All numbers are signed and big-endian. Files are sparse and have their full length from the start; what was not written reads',
    'as zeros, or, after Apache’s broker cut a file, as whatever lay there.',
    '',
    '## The directory',
    '',
    'With default settings, `●` where the file is there: while the store is open, and after a clean stop.',
    '',
    ...(await directoryTable()),
    '',
    'A position has 20 digits, a time 17: `yyyyMMddHHmmssSSS`, local. A file is named after the position of its first byte in the log',
    'or in the queue. `%` and other signs stand in folder names as they are: `consumequeue/%RETRY%group/0`.',
    '',
    'Apache’s broker opens the files it knows by their names and never looks at others in this directory, so it does not mind ours;',
    'what matters to us in a directory that it changed is found out from its own files. `clean-stop.rocketstream` is not believed when',
    'log, index or queues do not end as it says. Recovery saves what it would have to cut off below `damaged/`, as parts of the log.',
    'A broker keeps its topics, groups and offsets beside the store, in `config/`.',
    '',
    '## The log',
    '',
    `Folder \`commitlog/\`, files of ${number(settings.mappedFileSizeCommitLog.default)} bytes (\`mappedFileSizeCommitLog\`). Records lie back to back and never`,
    'across the end of a file; the file is closed by a blank record. The log ends in front of the first byte that begins neither.',
    '',
    '### A record',
    '',
    'As in pull replies. Offsets hold for IPv4 addresses: each IPv6 address moves what follows it by 12.',
    '',
    ...layoutTable(RECORD_LAYOUT),
    '',
    'Bits of the system flag:',
    '',
    '| Bit | Name | Meaning |',
    '|---|---|---|',
    ...Object.entries(FLAGS).map(([name, meaning]) => {
      const bit = SYS_FLAG[name as keyof typeof SYS_FLAG]
      return `| \`0x${bit.toString(16)}\` | ${name} | ${meaning} |`
    }),
    '',
    `With \`enabledAppendPropCRC\` the last ${PROPERTY_CRC_BYTES} bytes are the property \`__CRC32#\`: ten decimal digits, the least significant first, of the`,
    'CRC-32, without its sign bit, of all bytes before them.',
    '',
    '### A blank record',
    '',
    ...layoutTable(BLANK_LAYOUT),
    '',
    '### Inside an inner batch',
    '',
    'The body of such a record, and that of a batch send, are messages back to back:',
    '',
    ...layoutTable(BATCH_LAYOUT),
    '',
    '## Consume queues',
    '',
    `Folder \`consumequeue/<topic>/<queue>/\`, files of ${number(settings.mappedFileSizeConsumeQueue.default)} bytes (\`mappedFileSizeConsumeQueue\`, a multiple of ${ENTRY_LAYOUT.bytes}). A queue that begins`,
    'behind 0 has blank entries from the start of its first file on.',
    '',
    ...layoutTable(ENTRY_LAYOUT),
    '',
    '### Queues of batches',
    '',
    `Folder \`batchconsumequeue/<topic>/<queue>/\`, files of ${number(settings.mapperFileSizeBatchConsumeQueue.default)} bytes (\`mapperFileSizeBatchConsumeQueue\`), for topics with the`,
    'attribute `+queue.type=BatchCQ`: one entry for a record, however many messages it holds.',
    '',
    ...layoutTable(BATCH_ENTRY_LAYOUT),
    '',
    '### Units',
    '',
    `Folder \`consumequeue_ext/<topic>/<queue>/\`, files of ${number(settings.mappedFileSizeConsumeQueueExt.default)} bytes (\`mappedFileSizeConsumeQueueExt\`), with \`enableConsumeQueueExt\`:`,
    'what an entry has no room for. The entry then holds, in place of its tags code, the unit’s position less 2^63.',
    '',
    ...layoutTable(EXT_UNIT_LAYOUT),
    '',
    '## The index',
    '',
    `Folder \`index/\`, files of ${number(indexFileBytes({ directory: '', slots, entries }))} bytes: a header, ${number(slots)} slots (\`maxHashSlotNum\`), and room for ${number(entries)}`,
    'entries (`maxIndexNum`), of which number 0 is never used. The key’s hash modulo the number of slots names the slot; from there a',
    'chain leads from the newest entry to the oldest.',
    '',
    '### The header',
    '',
    ...layoutTable(INDEX_HEADER_LAYOUT),
    '',
    '### A slot',
    '',
    ...layoutTable(SLOT_LAYOUT),
    '',
    '### An entry',
    '',
    ...layoutTable(INDEX_ENTRY_LAYOUT),
    '',
    '## The checkpoint',
    '',
    `File \`checkpoint\`, ${number(CHECKPOINT_BYTES)} bytes, of which only these are used:`,
    '',
    ...layoutTable(CHECKPOINT_LAYOUT),
    '',
    '## Worked bytes',
    '',
    'From a directory that Apache’s broker left, `test/golden/stores/a-clean`.',
    '',
    ...workedBytes(),
    '',
  ].join('\n')
}

/** What a store with default settings really writes. */
async function directoryTable(): Promise<string[]> {
  const files = new SimulatedFiles()
  const config = storeConfig.with({ storePathRootDir: '/store' })
  const first = await openStore(config, { files })
  await fill(first)
  await first[Symbol.asyncDispose]()
  const store = await openStore(config, { files })
  const whileOpen = filesBelow(files)
  await store[Symbol.asyncDispose]()
  const afterStop = filesBelow(files)
  const found = [...new Set([...whileOpen.keys(), ...afterStop.keys()])]
  const unknown = found.filter((path) => FILES[path] === undefined)
  if (unknown.length > 0) throw new Error(`files that docs/store-format.md does not explain: ${unknown.join(', ')}`)
  const mark = (held: ReadonlyMap<string, number>, path: string): string => (held.has(path) ? '●' : '')
  return [
    '| File | Bytes | Open | Stopped | What it is |',
    '|---|---|---|---|---|',
    ...Object.entries(FILES).map(([path, meaning]) => {
      const bytes = Math.max(whileOpen.get(path) ?? 0, afterStop.get(path) ?? 0)
      const shown = bytes >= CHECKPOINT_BYTES ? number(bytes) : 'few'
      return `| \`${path}\` | ${shown} | ${mark(whileOpen, path)} | ${mark(afterStop, path)} | ${meaning} |`
    }),
  ]
}

async function fill(store: MessageStore): Promise<void> {
  await append(store, message('gone', { topic: 'Dropped' }))
  await append(store, message('kept', { topic: 'Orders', properties: 'KEYS\u0001k\u0002' }))
  await store.dropTopic('Dropped')
}

/** Path, with what varies written `<…>`, → bytes. */
function filesBelow(files: SimulatedFiles, folder = '/store'): Map<string, number> {
  const found = new Map<string, number>()
  for (const { name, isDirectory } of files.list(folder)) {
    const path = `${folder}/${name}`
    const inner = isDirectory ? filesBelow(files, path) : new Map([[path, files.facts(path)?.bytes ?? 0]])
    for (const [file, bytes] of inner) found.set(folder === '/store' ? generic(file) : file, bytes)
  }
  return found
}

function generic(path: string): string {
  return path
    .replace('/store/', '')
    .replace(/(?<=^consumequeue\/)[^/]+\/\d+(?=\/)/, '<topic>/<queue>')
    .replace(/\/\d{20}$/, '/<position>')
    .replace(/\/\d{17}$/, '/<time>')
}

function layoutTable({ fields, tail, bytes }: Layout): string[] {
  const rows = fields.map(({ name, offset, type, meaning }) => `| ${offset} | ${name} | ${type} | ${meaning} |`)
  let at = String(bytes)
  for (const { name, type, length, meaning } of tail) {
    rows.push(`| ${at} | ${name} | ${type} | ${meaning} |`)
    at += ` + ${length}`
  }
  const total = tail.length === 0 ? [] : [`| ${at} | | | End. |`]
  return ['| At | Field | Type | Meaning |', '|---|---|---|---|', ...rows, ...total]
}

function workedBytes(): string[] {
  const files = new SimulatedFiles()
  writeGoldenStore('a-clean', files, '/golden')
  const log = open(files, '/golden/commitlog', 4096)
  const queue = open(files, '/golden/consumequeue/GoldenTopicA/0', 40)
  const index = open(files, '/golden/index', INDEX_HEADER_LAYOUT.bytes)
  const checkpoint = read(files, '/golden/checkpoint', CHECKPOINT_LAYOUT.bytes)
  return [
    '### The first record',
    '',
    ...recordBytes(log),
    '',
    '### The first two entries of a queue of its topic',
    '',
    ...fieldBytes(ENTRY_LAYOUT, queue, 0),
    '',
    ...fieldBytes(ENTRY_LAYOUT, queue, ENTRY_LAYOUT.bytes),
    '',
    '### The header of the index',
    '',
    ...fieldBytes(INDEX_HEADER_LAYOUT, index, 0),
    '',
    '### The checkpoint',
    '',
    ...fieldBytes(CHECKPOINT_LAYOUT, checkpoint, 0),
  ]
}

/** The first bytes of the first file of a folder. */
function open(files: SimulatedFiles, folder: string, bytes: number): Buffer {
  return read(files, `${folder}/${files.list(folder)[0]?.name}`, bytes)
}

function read(files: SimulatedFiles, path: string, bytes: number): Buffer {
  const file = files.open(path, { readOnly: true })
  const into = Buffer.alloc(bytes)
  file.readSync(into, 0)
  file.close()
  return into
}

function recordBytes(log: Buffer): string[] {
  const parts = newRecordParts()
  const fault = locateRecord(log, 0, log.length, parts)
  if (fault !== undefined) throw new Error(fault)
  const { bodyAt, bodyEnd, topicAt, topicEnd, propertiesAt } = parts
  const end = log.readInt32BE(0)
  const rows = fieldBytes(RECORD_LAYOUT, log, 0)
  const row = (at: number, to: number, name: string, shown: string): void => {
    rows.push(`| ${at} | \`${hex(log.subarray(at, to))}\` | ${name} | ${shown} |`)
  }
  row(bodyAt, bodyEnd, 'body', `\`${log.toString('utf8', bodyAt, bodyEnd)}\``)
  row(bodyEnd, topicAt, 'topicLength', String(topicEnd - topicAt))
  row(topicAt, topicEnd, 'topic', `\`${log.toString('utf8', topicAt, topicEnd)}\``)
  row(topicEnd, propertiesAt, 'propertiesLength', String(end - propertiesAt))
  let at = propertiesAt
  for (const entry of log.toString('utf8', propertiesAt, end).split('\u0002').slice(0, -1)) {
    const [name = '', value = ''] = entry.split('\u0001')
    const to = at + Buffer.byteLength(entry) + 1
    row(at, to, 'a property', `\`${name}\` = \`${value}\``)
    at = to
  }
  return rows
}

function fieldBytes({ fields }: Layout, bytes: Buffer, from: number): string[] {
  const rows = fields.map(({ name, offset, bytes: length, type }) => {
    const part = bytes.subarray(from + offset, from + offset + length)
    return `| ${offset} | \`${hex(part)}\` | ${name} | ${shownValue(name, type, part)} |`
  })
  return ['| At | Bytes | Field | Value |', '|---|---|---|---|', ...rows]
}

function shownValue(name: string, type: string, bytes: Buffer): string {
  if (name === 'magic') return 'version 1'
  if (type === 'int32') return String(bytes.readInt32BE(0))
  if (type === 'int64') return String(bytes.readBigInt64BE(0))
  return `${[...bytes.subarray(0, 4)].join('.')} port ${bytes.readInt32BE(4)}`
}

/** Long ones lose their middle. */
function hex(bytes: Buffer): string {
  const all = bytes.toString('hex').replaceAll(/(..)(?=.)/g, '$1 ')
  return bytes.length <= 20 ? all : `${all.slice(0, 26)} … ${all.slice(-17)}`
}

function number(value: number): string {
  return value.toLocaleString('en-US')
}
