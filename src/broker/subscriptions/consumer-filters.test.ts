import { expect, test } from 'vitest'
import { SimulatedFiles } from '../../base/files/index.ts'
import { silentLogger } from '../../base/log/index.ts'
import { SimulatedClock } from '../../base/time/index.ts'
import type { SubscriptionData } from '../../remoting/index.ts'
import { brokerConfig } from '../config.ts'
import { ConsumerFilters } from './consumer-filters.ts'

const PATH = '/config/consumerFilter.json'
const HOUR_MS = 3_600_000

function sql(topic: string, subString: string, subVersion: number): SubscriptionData {
  return { topic, subString, subVersion, expressionType: 'SQL92', tagsSet: [], codeSet: [], classFilterMode: false }
}

function setUp(files = new SimulatedFiles(), clock = new SimulatedClock()) {
  const open = (changes = {}): ConsumerFilters =>
    new ConsumerFilters(PATH, { files, logger: silentLogger }, clock, brokerConfig.with(changes))
  return { files, clock, open, filters: open() }
}

const kept = (files: SimulatedFiles): unknown => JSON.parse(files.readWhole(PATH)?.toString() ?? 'null')

test('filters are kept as Apache keeps them, and read again as those of consumers that are gone', async () => {
  const { files, clock, open, filters } = setUp()
  const bornTime = clock.now()
  filters.register('CG_SQL', [sql('GoldenTopicA', 'a > 1', 7), { ...sql('T', 'x', 7), expressionType: 'TAG' }])
  await filters[Symbol.asyncDispose]()
  const data = {
    consumerGroup: 'CG_SQL',
    topic: 'GoldenTopicA',
    expression: 'a > 1',
    expressionType: 'SQL92',
    bornTime,
    deadTime: 0,
    dead: false,
    clientVersion: 7,
    bloomFilterData: { bitNum: 112, bitPos: [40, 20, 0] },
  }
  const table = { GoldenTopicA: { groupFilterData: { CG_SQL: data }, topic: 'GoldenTopicA' } }
  expect(kept(files)).toEqual({ filterDataByTopic: table })
  await clock.advance(HOUR_MS)
  const read = open().get('GoldenTopicA', 'CG_SQL')
  expect(read?.data).toEqual({ ...data, dead: true, deadTime: bornTime + HOUR_MS - 30_000 })
  expect(read?.filter.evaluate({ a: '2' })).toBe('true')
})

test('of two expressions the newer counts, and a wrong one leaves none', () => {
  const { filters } = setUp()
  const used = () => filters.get('T', 'G')?.data
  filters.register('G', [sql('T', 'a = 1', 5)])
  filters.register('G', [sql('T', 'a = 2', 4)])
  filters.register('G', [sql('T', 'a = 3', 5)])
  expect(used()).toMatchObject({ expression: 'a = 1', clientVersion: 5 })
  filters.register('G', [sql('T', 'a = 1', 6)])
  expect(used()).toMatchObject({ expression: 'a = 1', clientVersion: 6 })
  filters.register('G', [sql('T', 'a = 4', 7)])
  expect(used()).toMatchObject({ expression: 'a = 4', clientVersion: 7 })
  filters.register('G', [sql('T', 'a =', 8)])
  expect(used()).toBeUndefined()
  filters.register('G', [{ ...sql('T', 'a = 5', 9), expressionType: 'XPATH' }])
  expect(used()).toBeUndefined()
  expect(filters.get('U', 'G') ?? filters.get('T', 'H')).toBeUndefined()
})

test('a filter without consumers is forgotten after its time, unless one comes back', async () => {
  const { clock, filters } = setUp()
  filters.register('G', [sql('T', 'a = 1', 5), sql('U', 'a = 2', 5)])
  filters.register('H', [sql('T', 'a = 3', 5)])
  await clock.advance(1000)
  filters.register('G', [sql('T', 'a = 1', 5)])
  filters.unregister('H')
  expect(filters.get('U', 'G')?.data).toMatchObject({ dead: true, deadTime: clock.now() })
  await clock.advance(23 * HOUR_MS)
  filters.register('H', [sql('T', 'a = 3', 5)])
  expect(filters.get('T', 'H')?.data).toMatchObject({ dead: false, deadTime: 0 })
  await clock.advance(2 * HOUR_MS)
  expect(filters.get('U', 'G')).toBeUndefined()
  expect([filters.get('T', 'G')?.data.dead, filters.get('T', 'H')?.data.dead]).toEqual([false, false])
})

test('the file is written every 10 s, and only after changes', async () => {
  const { files, clock, filters } = setUp()
  filters.register('G', [sql('T', 'a = 1', 5)])
  await clock.advance(9000)
  expect(kept(files)).toBeNull()
  await clock.advance(1100)
  expect(kept(files)).toMatchObject({ filterDataByTopic: { T: { groupFilterData: { G: { clientVersion: 5 } } } } })
  files.fault = () => 'ENOSPC'
  filters.register('G', [sql('T', 'a = 1', 5)])
  await clock.advance(30_000)
  files.fault = () => undefined
  await filters[Symbol.asyncDispose]()
  expect(kept(files)).toMatchObject({ filterDataByTopic: { T: { groupFilterData: { G: { clientVersion: 5 } } } } })
})

test('with other numbers of bits the whole table is dropped, as Apache does', async () => {
  const { open, filters } = setUp()
  filters.register('G', [sql('T', 'a = 1', 5)])
  await filters[Symbol.asyncDispose]()
  expect(open({ expectConsumerNumUseFilter: 64 }).get('T', 'G')).toBeUndefined()
  expect(open().get('T', 'G')).toBeDefined()
})
