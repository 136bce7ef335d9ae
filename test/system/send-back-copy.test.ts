import { expect, onTestFinished, test } from 'vitest'
import { openClient } from '../../src/client/index.ts'
import { decodeProperties } from '../../src/message/index.ts'
import { ConsumerSendBack, RESPONSE_CODE, type RequestOf, route, SendMessageV2 } from '../../src/remoting/index.ts'
import { scriptedGroup } from '../kit/scripted-group.ts'
import { routeAt, startScriptedBroker, startScriptedNamesrv } from '../kit/scripted-servers.ts'
import { storedRecord } from '../kit/stored-record.ts'
import { until } from '../kit/until.ts'

function owned<Resource extends AsyncDisposable>(resource: Resource): Resource {
  onTestFinished(() => resource[Symbol.asyncDispose]())
  return resource
}

test('a message that its broker does not take back is sent to the retry topic as a copy, and then passed', async () => {
  const group = scriptedGroup()
  const copies: RequestOf<typeof SendMessageV2>[] = []
  const refuse = route(ConsumerSendBack, () => ({ code: RESPONSE_CODE.SYSTEM_ERROR, remark: 'look message failed' }))
  const take = route(SendMessageV2, (request) => {
    copies.push(request)
    return { header: { msgId: 'M', queueId: 0, queueOffset: 7 } }
  })
  const broker = owned(await startScriptedBroker(...group.routes, refuse, take))
  const here = routeAt({ a: broker.address }, 1)
  const namesrv = owned(
    await startScriptedNamesrv(
      new Map([
        ['T', here],
        ['%RETRY%G', here],
      ]),
    ),
  )
  const client = owned(await openClient({ nameServer: namesrv.address, persistOffsetsMs: 20 }))
  await client.pushConsumer({
    group: 'G',
    subscriptions: [{ topic: 'T' }],
    maxReconsumeTimes: 9,
    listener: () => {
      throw new Error('no')
    },
  })
  const pull = (topic: string) => group.pulls.find(({ request }) => request.topic === topic)
  await until('a pull', () => pull('%RETRY%G') !== undefined)
  // Given back once before: its properties tell of topic and first id.
  const carried = { RETRY_TOPIC: 'T', ORIGIN_MESSAGE_ID: 'first', UNIQ_KEY: 'unique', TAGS: 't', TRAN_MSG: 'true' }
  const record = storedRecord({ topic: '%RETRY%G', body: 'x', queueOffset: 0, properties: carried, reconsumeTimes: 1 })
  const position = { suggestWhichBrokerId: 0, minOffset: 0, maxOffset: 1, nextBeginOffset: 1 }
  pull('%RETRY%G')?.reply({ header: position, body: record })
  await until('progress recorded', () => group.recorded.get('%RETRY%G@0') === 1)
  expect(copies).toHaveLength(1)
  expect(copies[0]).toMatchObject({ topic: '%RETRY%G', reconsumeTimes: 2, maxReconsumeTimes: 9 })
  const properties = decodeProperties(copies[0]?.properties ?? '')
  expect(properties).toEqual({
    ...{ RETRY_TOPIC: 'T', ORIGIN_MESSAGE_ID: 'first', UNIQ_KEY: 'unique', TAGS: 't' },
    ...{ RECONSUME_TIME: '2', MAX_RECONSUME_TIMES: '9', DELAY: '4' },
  })
})
