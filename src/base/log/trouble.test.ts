import { expect, test } from 'vitest'
import { type Logger, silentLogger, Trouble } from './index.ts'

test('trouble is told of when it begins and when it ends, however often it is met', () => {
  const lines: unknown[] = []
  const note = (text: string, fields: unknown): void => void lines.push([text, fields])
  const logger: Logger = { ...silentLogger, error: note, info: note }
  const trouble = new Trouble(logger, 'writing', 'it is tried again')
  trouble.worked()
  for (let round = 0; round < 3; round++) trouble.failed(new RangeError('no room'), { path: '/a' })
  trouble.worked()
  trouble.worked()
  trouble.failed('other')
  expect(lines).toEqual([
    ['writing failed; it is tried again', { path: '/a', reason: 'no room' }],
    ['writing works again', { failures: 3 }],
    ['writing failed; it is tried again', { reason: 'other' }],
  ])
})
