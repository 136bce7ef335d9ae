import { expect, test } from 'vitest'
import { SimulatedFiles } from '../base/files/index.ts'
import { type Logger, silentLogger } from '../base/log/index.ts'
import { SimulatedClock } from '../base/time/index.ts'
import { delayOffsetBody } from '../remoting/index.ts'
import { KeptTable, loadTable } from './kept-table.ts'

const PATH = '/config/table.json'

function text(files: SimulatedFiles): string | undefined {
  return files.readWhole(PATH)?.toString()
}

test('a table is written when it changed, and once for changes during a save', async () => {
  const files = new SimulatedFiles()
  let renders = 0
  const table = new KeptTable({ files, logger: silentLogger }, PATH, () => ({ renders: ++renders }))
  await table.save()
  expect(text(files)).toBeUndefined()
  table.changed()
  const saving = table.save()
  table.changed()
  table.changed()
  await saving
  expect(text(files)).toBe('{\n\t"renders": 2\n}')
})

test('what changes while a save waits for the disk is there when the process is killed then', async () => {
  const files = new SimulatedFiles()
  let offset = 1
  const table = new KeptTable({ files, logger: silentLogger }, PATH, () => ({ offsetTable: { 1: offset } }))
  const kept = (): unknown => loadTable(files, PATH, delayOffsetBody)?.offsetTable
  table.changed()
  const saving = table.save()
  offset = 2
  table.changed()
  void table.save()
  offset = 3
  table.changed()
  void table.save()
  await Promise.resolve()
  expect(kept()).toEqual({ 1: 3 })
  await saving
  expect(kept()).toEqual({ 1: 3 })
  expect(files.facts(`${PATH}.tmp`)).toBeUndefined()
})

test('content beside the file that is damaged, or older than the file, does not count', () => {
  const files = new SimulatedFiles()
  files.makeDirectory('/config')
  files.writeWhole(PATH, '{"offsetTable":{1:3}}')
  files.writeWhole(`${PATH}.tmp`, '{"offsetTable":{1:')
  expect(loadTable(files, PATH, delayOffsetBody)?.offsetTable).toEqual({ 1: 3 })
  const later = { ...files.facts(PATH), modifiedMs: Number.MAX_SAFE_INTEGER }
  files.writeWhole(`${PATH}.tmp`, '{"offsetTable":{1:1}}')
  const newer = Object.assign(Object.create(files), {
    facts: (path: string) => (path === PATH ? later : files.facts(path)),
    readWhole: (path: string) => files.readWhole(path),
  })
  expect(loadTable(newer, PATH, delayOffsetBody)?.offsetTable).toEqual({ 1: 3 })
})

test('a save that fails is made up for', async () => {
  const files = new SimulatedFiles()
  const table = new KeptTable({ files, logger: silentLogger }, PATH, () => ({ a: 1 }))
  files.fault = () => 'ENOSPC'
  table.changed()
  await table.save()
  files.fault = () => undefined
  await table[Symbol.asyncDispose]()
  expect(text(files)).toBe('{\n\t"a": 1\n}')
})

test('a file that cannot be read, nor its backup, stops the start and is named', () => {
  const files = new SimulatedFiles()
  expect(loadTable(files, PATH, delayOffsetBody)).toBeUndefined()
  files.makeDirectory('/config')
  files.writeWhole(PATH, '{"offsetTable":{1:3,2:')
  const loading = (): unknown => loadTable(files, PATH, delayOffsetBody)
  expect(loading).toThrow(
    expect.objectContaining({ code: 'RMQ_BROKER_FILE_UNREADABLE', details: expect.objectContaining({ path: PATH }) }),
  )
  files.writeWhole(`${PATH}.bak`, '{"offsetTable":{1:3}}')
  expect(loadTable(files, PATH, delayOffsetBody)?.offsetTable).toEqual({ 1: 3 })
})

test('a save that failed is told of once and tried again until the disk takes it', async () => {
  const files = new SimulatedFiles()
  const clock = new SimulatedClock()
  const lines: string[] = []
  const logger: Logger = {
    ...silentLogger,
    error: (line) => void lines.push(line),
    info: (line) => void lines.push(line),
  }
  const table = new KeptTable({ files, logger }, PATH, () => ({ a: 1 }), clock)
  files.fault = (call) => (call === 'write' ? 'ENOSPC' : undefined)
  table.changed()
  await table.save()
  await clock.advance(60_000)
  expect(text(files)).toBeUndefined()
  files.fault = () => undefined
  await clock.advance(5000)
  expect(text(files)).toBe('{\n\t"a": 1\n}')
  expect(lines).toEqual([`saving ${PATH} failed; it is tried again`, `saving ${PATH} works again`])
  await table[Symbol.asyncDispose]()
})
