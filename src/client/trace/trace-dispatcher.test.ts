import { expect, test } from 'vitest'
import { deferred } from '../../base/async/index.ts'
import { silentLogger } from '../../base/log/index.ts'
import { SimulatedClock } from '../../base/time/index.ts'
import { clientSettings } from '../config.ts'
import type { TopicRoute } from '../route/topic-route.ts'
import { TraceDispatcher, type TraceParts } from './trace-dispatcher.ts'
import type { TraceRecord } from './trace-record.ts'

const record: TraceRecord = {
  type: 'Recall',
  timestamp: 1,
  regionId: 'R',
  group: 'G',
  topic: 'T',
  messageId: 'M',
  success: true,
}

/** A dispatcher whose question for the trace topic is answered by the test. */
function dispatcherThatAsks() {
  const warnings: string[] = []
  const clock = new SimulatedClock()
  const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) }
  const answers: ((route: TopicRoute | undefined) => void)[] = []
  const routes = {
    ask: () => {
      const answer = deferred<TopicRoute | undefined>()
      answers.push(answer.resolve)
      return answer.promise
    },
  }
  const dispatcher = new TraceDispatcher({
    trace: { topic: 'X', whenTopicExists: true },
    client: clientSettings({ nameServer: '127.0.0.1:1', clock, logger }),
    sender: { routes } as unknown as TraceParts['sender'],
    nextId: () => 'id',
  })
  return { dispatcher, clock, warnings, answers }
}

test('when more waits to be traced than may, the rest is lost, counted, and said once', () => {
  const { dispatcher, warnings } = dispatcherThatAsks()
  for (let call = 0; call < 2100; call++) if (dispatcher.traces('T')) dispatcher.add('T', [record, record])
  expect(dispatcher.lost).toBe((2100 - 2048) * 2)
  expect(warnings).toHaveLength(1)
})

test('a missing topic is asked for once in a while, and nothing is gathered in between', async () => {
  const { dispatcher, clock, warnings, answers } = dispatcherThatAsks()
  expect(dispatcher.traces('T')).toBe(true)
  answers[0]?.(undefined)
  await Promise.resolve()
  await Promise.resolve()
  for (let call = 0; call < 100; call++) expect(dispatcher.traces('T')).toBe(false)
  expect(answers).toHaveLength(1)
  await clock.advance(30_000)
  expect(dispatcher.traces('T')).toBe(true)
  expect(answers).toHaveLength(2)
  expect(warnings).toEqual([])
})

test('messages of the trace topic are not traced', () => {
  expect(dispatcherThatAsks().dispatcher.traces('X')).toBe(false)
})
