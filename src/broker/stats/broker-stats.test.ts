import { expect, test } from 'vitest'
import { SimulatedClock } from '../../base/time/index.ts'
import { BrokerStats } from './broker-stats.ts'
import { ratesText } from './throughput.ts'

const NOON = new Date(2026, 2, 1, 12).getTime()
const HOUR_MS = 3_600_000

test('rates are told over 10 seconds, a minute and ten minutes', async () => {
  const clock = new SimulatedClock(NOON)
  const stats = new BrokerStats('C', clock)
  expect(ratesText(stats.put)).toBe('0.0 0.0 0.0')
  for (let second = 0; second < 120; second++) {
    if (second >= 110) for (let n = 0; n < 6; n++) stats.stored('T', 100, 1)
    await clock.advance(1000)
  }
  expect(stats.put.perSecond(10)).toBe(6)
  expect(stats.put.perSecond(60)).toBe(1)
  expect(stats.put.total).toBe(60)
  expect(stats.putBytes.total).toBe(6000)
})

test('a topic and a group are counted over the last minute, hour and day', async () => {
  const clock = new SimulatedClock(NOON)
  const stats = new BrokerStats('C', clock)
  stats.stored('T', 300, 1)
  stats.stored('U', 100, 1)
  stats.fetched('G', 'T', 32, 3200)
  stats.fetched('G', 'T', 8, 800)
  stats.sentBack('G', 'T')
  await clock.advance(10_000)
  expect(stats.find('TOPIC_PUT_NUMS', 'T')?.spans().statsMinute).toEqual({ sum: 1, tps: 0.1, avgpt: 1 })
  expect(stats.find('TOPIC_PUT_SIZE', 'T')?.spans().statsMinute).toEqual({ sum: 300, tps: 30, avgpt: 300 })
  expect(stats.find('GROUP_GET_NUMS', 'T@G')?.spans().statsMinute).toEqual({ sum: 40, tps: 4, avgpt: 20 })
  expect(stats.find('GROUP_GET_SIZE', 'T@G')?.spans().statsMinute.sum).toBe(4000)
  expect(stats.find('SNDBCK_PUT_NUMS', 'T@G')?.spans().statsDay.sum).toBe(1)
  expect(stats.find('BROKER_PUT_NUMS', 'C')?.spans().statsMinute.sum).toBe(2)
  expect(stats.find('BROKER_GET_NUMS', 'C')?.spans().statsMinute.sum).toBe(40)
  expect(stats.find('TOPIC_PUT_NUMS', 'nowhere')).toBeUndefined()
  expect(stats.find('NONSENSE', 'T')).toBeUndefined()
  await clock.advance(80_000)
  expect(stats.putTps('T')).toBe(0)
  expect(stats.find('TOPIC_PUT_NUMS', 'T')?.spans().statsHour.sum).toBe(1)
})

test('what stood still for a day is forgotten, what moves is not', async () => {
  const clock = new SimulatedClock(NOON)
  const stats = new BrokerStats('C', clock)
  stats.stored('old', 1, 1)
  for (let hour = 0; hour < 26; hour++) {
    stats.stored('busy', 1, 1)
    await clock.advance(HOUR_MS)
  }
  expect(stats.find('TOPIC_PUT_NUMS', 'old')).toBeUndefined()
  expect(stats.find('TOPIC_PUT_NUMS', 'busy')?.sum).toBe(26)
})

test('at midnight the counts of today become those of yesterday', async () => {
  const clock = new SimulatedClock(NOON)
  const stats = new BrokerStats('C', clock)
  stats.stored('T', 1, 1)
  await clock.advance(13 * HOUR_MS)
  stats.stored('T', 1, 1)
  expect(stats.put).toMatchObject({ total: 2, todayMorning: 1, yesterdayMorning: 0 })
  await clock.advance(24 * HOUR_MS)
  expect(stats.put).toMatchObject({ total: 2, todayMorning: 2, yesterdayMorning: 1 })
})
