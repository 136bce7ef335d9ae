import { expect, test } from 'vitest'
import { SimulatedFiles } from '../../../base/files/index.ts'
import { silentLogger } from '../../../base/log/index.ts'
import { LocalOffsets } from './local-offsets.ts'

const PATH = '/home/.rocketmq_offsets/10.0.0.1@DEFAULT/G/offsets.json'
const queue = (queueId: number, topic = 'T'): { topic: string; brokerName: string; queueId: number } => ({
  topic,
  brokerName: 'b',
  queueId,
})

function open(files: SimulatedFiles, warnings: string[] = []): LocalOffsets {
  return new LocalOffsets({
    directory: '/home/.rocketmq_offsets',
    clientName: '10.0.0.1@DEFAULT',
    group: 'G',
    broker: { end: async () => 9, at: async () => 5 },
    files,
    logger: { ...silentLogger, warn: (message) => void warnings.push(message) },
  })
}

function content(files: SimulatedFiles): string {
  return files.readWhole(PATH)?.toString() ?? ''
}

test('offsets are kept where Java keeps them, in its form, and found again', async () => {
  const files = new SimulatedFiles()
  const offsets = open(files)
  expect(await offsets.recorded(queue(0))).toBeUndefined()
  await Promise.all([offsets.record(queue(0), 7), offsets.record(queue(1), 8)])
  expect(content(files)).toBe(
    '{"offsetTable":{{"brokerName":"b","queueId":0,"topic":"T"}:7,{"brokerName":"b","queueId":1,"topic":"T"}:8}}\n',
  )
  expect(await open(files).recorded(queue(1))).toBe(8)
  expect([await offsets.end(queue(0)), await offsets.at(queue(0), 1)]).toEqual([9, 5])
})

test('a file as Java prints it is read, and what it says of other queues is kept', async () => {
  const files = new SimulatedFiles()
  files.makeDirectory('/home/.rocketmq_offsets/10.0.0.1@DEFAULT/G')
  files.writeWhole(
    PATH,
    '{\n\t"offsetTable":{{\n\t\t\t"brokerName":"b",\n\t\t\t"queueId":3,\n\t\t\t"topic":"U"\n\t\t}:11\n\t}\n}',
  )
  const offsets = open(files)
  expect(await offsets.recorded(queue(3, 'U'))).toBe(11)
  await offsets.record(queue(0), 1)
  expect(await open(files).recorded(queue(3, 'U'))).toBe(11)
})

test('a damaged file is replaced by the one before, and two damaged ones are an error', async () => {
  const files = new SimulatedFiles()
  const offsets = open(files)
  await offsets.record(queue(0), 1)
  await offsets.record(queue(0), 2)
  files.writeWhole(PATH, '{"offsetTable":{{"brok')
  expect(await open(files).recorded(queue(0))).toBe(1)
  for (const path of [PATH, `${PATH}.bak`]) files.writeWhole(path, 'x')
  expect(() => open(files)).toThrow(expect.objectContaining({ code: 'RMQ_OFFSETS_UNREADABLE' }))
})

test('a second program that writes the same file is spoken of once', async () => {
  const files = new SimulatedFiles()
  const warnings: string[] = []
  const offsets = open(files, warnings)
  const other = open(files)
  await offsets.record(queue(0), 1)
  await offsets.record(queue(0), 2)
  expect(warnings).toEqual([])
  await other.record(queue(0), 1)
  await offsets.record(queue(0), 3)
  await other.record(queue(0), 2)
  await offsets.record(queue(0), 4)
  expect(warnings).toEqual([expect.stringContaining('instanceName')])
})

test('an offset recorded at any moment of writing the file is written as well', async () => {
  for (let turns = 0; turns < 40; turns++) {
    const files = new SimulatedFiles()
    const offsets = open(files)
    const writing = offsets.record(queue(0), 1)
    for (let turn = 0; turn < turns; turn++) await Promise.resolve()
    await offsets.record(queue(1), 2)
    expect(await open(files).recorded(queue(1)), `after ${turns} turns`).toBe(2)
    await writing
  }
})
