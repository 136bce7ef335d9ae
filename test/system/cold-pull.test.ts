import { expect, test } from 'vitest'
import { deferred } from '../../src/base/async/index.ts'
import { RESPONSE_CODE } from '../../src/remoting/index.ts'
import { startTestBroker, wireClient } from '../kit/broker.ts'
import { failingFiles } from '../kit/failing-files.ts'
import { until } from '../kit/until.ts'

const PULLS = 150

test('when too many pulls wait for the disk the others are told that the broker is busy, and nobody is forgotten', async () => {
  const files = failingFiles()
  const broker = await startTestBroker({ coldReadBytesMax: 1024 * 1024, coldReadsWaitingMax: 1 }, { files })
  await wireClient(broker).send('T', 'old')
  // After a start nothing is in memory.
  const client = wireClient(await broker.restart())
  const gate = deferred()
  files.beforeRead = () => gate.promise
  const codes: unknown[] = []
  const pulls = Array.from({ length: PULLS }, () =>
    client.pull('T', 0).then(
      ({ code }) => codes.push(code),
      (failure) => codes.push(failure.details.responseCode),
    ),
  )
  await until('some are refused', () => codes.length > 0)
  expect(new Set(codes)).toEqual(new Set([RESPONSE_CODE.SYSTEM_BUSY]))
  gate.resolve()
  await Promise.all(pulls)
  expect(new Set(codes)).toEqual(new Set([RESPONSE_CODE.SYSTEM_BUSY, RESPONSE_CODE.SUCCESS]))
  expect(await client.pull('T', 0)).toMatchObject({ code: RESPONSE_CODE.SUCCESS, remark: 'FOUND' })
})
