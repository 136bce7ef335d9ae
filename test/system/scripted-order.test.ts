import { expect, onTestFinished, test } from 'vitest'
import { type Deferred, deferred } from '../../src/base/async/index.ts'
import { type OrderlyContext, openClient, type PushConsumer } from '../../src/client/index.ts'
import { queueKey } from '../../src/message/index.ts'
import {
  ConsumeMessageDirectly,
  GetConsumerRunningInfo,
  LockQueues,
  lockedQueuesBody,
  lockRequestBody,
  NotifyConsumerIdsChanged,
  type Peer,
  parseJson,
  queueMapText,
  ResetConsumerClientOffset,
  route,
  UnlockQueues,
} from '../../src/remoting/index.ts'
import { type HeldPull, type ScriptedGroup, scriptedGroup } from '../kit/scripted-group.ts'
import { routeAt, startScriptedBroker, startScriptedNamesrv } from '../kit/scripted-servers.ts'
import { storedRecord } from '../kit/stored-record.ts'
import { until } from '../kit/until.ts'

// Locks of an orderly consumer, at a broker that answers as the test says.

interface Call extends Deferred<void> {
  readonly body: string
  readonly context: OrderlyContext
}

interface Bench {
  readonly consumer: PushConsumer
  readonly group: ScriptedGroup
  /** Calls of the listener; they end when the test says so. */
  readonly calls: Call[]
  /** True: another member has the queue. */
  readonly locks: { taken: boolean; asked: number }
  /** What the broker was told, in order: records and unlocks. */
  readonly told: string[]
  pull(): Promise<HeldPull>
  peer(): Peer
}

function owned<Resource extends AsyncDisposable>(resource: Resource): Resource {
  onTestFinished(() => resource[Symbol.asyncDispose]())
  return resource
}

/** An orderly consumer of topic `T`, one queue. */
async function bench(taken = false): Promise<Bench> {
  const group = scriptedGroup()
  const locks = { taken, asked: 0 }
  const told = group.records
  const broker = owned(
    await startScriptedBroker(
      ...group.routes,
      route(LockQueues, (_, call) => {
        locks.asked++
        const { mqSet } = lockRequestBody.decode(call.body)
        return { body: lockedQueuesBody.encode({ lockOKMQSet: locks.taken ? [] : mqSet }) }
      }),
      route(UnlockQueues, (_, call) => {
        told.push(`unlock ${lockRequestBody.decode(call.body).mqSet.map(queueKey)}`)
        return {}
      }),
    ),
  )
  const namesrv = owned(await startScriptedNamesrv(new Map([['T', routeAt({ a: broker.address }, 1)]])))
  const client = owned(await openClient({ nameServer: namesrv.address, instanceName: 'me', persistOffsetsMs: 20 }))
  const calls: Call[] = []
  const listener = ({ body }: { body: Buffer }, context: OrderlyContext): Promise<void> => {
    const call = { ...deferred(), body: body.toString(), context }
    calls.push(call)
    return call.promise
  }
  const subscriptions = [{ topic: 'T' }]
  const consumer = await client.pushConsumer({ group: 'G', subscriptions, closeTimeoutMs: 100, orderly: { listener } })
  const pull = async (): Promise<HeldPull> => {
    await until('a pull', () => group.pulls.length > 0)
    return group.pulls.shift() as HeldPull
  }
  return { consumer, group, calls, locks, told, pull, peer: () => broker.peers.at(-1) as Peer }
}

function found(next: number, ...bodies: string[]): Parameters<HeldPull['reply']>[0] {
  const first = next - bodies.length
  const records = bodies.map((body, at) => storedRecord({ topic: 'T', body, queueOffset: first + at }))
  const header = { suggestWhichBrokerId: 0, minOffset: 0, maxOffset: 100, nextBeginOffset: next }
  return { header, body: Buffer.concat(records) }
}

async function callNumber(calls: readonly Call[], count: number): Promise<Call> {
  await until(`call ${count}`, () => calls.length === count)
  return calls[count - 1] as Call
}

test('a queue that another member has is not read before it is free', async () => {
  const { consumer, group, locks, pull } = await bench(true)
  await until('several tries', () => locks.asked >= 2)
  expect([group.pulls.length, consumer.assigned]).toEqual([0, []])
  // What the other member recorded before it gave the queue back is where this one begins.
  group.recorded.set('T@0', 7)
  locks.taken = false
  expect((await pull()).request.queueOffset).toBe(7)
})

test('a queue whose lock another member got is dropped, and its progress is not recorded over the other one’s', async () => {
  const { calls, consumer, group, locks, peer, pull } = await bench()
  ;(await pull()).reply(found(2, 'a', 'b'))
  const first = await callNumber(calls, 1)
  group.recorded.set('T@0', 50)
  locks.taken = true
  peer().invokeOneway(NotifyConsumerIdsChanged, { consumerGroup: 'G' })
  await until('the queue to be dropped', () => consumer.assigned.length === 0)
  expect(first.context.signal.aborted).toBe(true)
  first.resolve()
  locks.taken = false
  group.pulls.length = 0
  expect((await pull()).request.queueOffset).toBe(50)
  expect([group.recorded.get('T@0'), calls.length]).toEqual([50, 1])
})

test('closing lets the running call end, records what it did, and then gives the queue back', async () => {
  const { calls, consumer, pull, told } = await bench()
  ;(await pull()).reply(found(2, 'a', 'b'))
  ;(await callNumber(calls, 1)).resolve()
  const running = await callNumber(calls, 2)
  const closing = consumer[Symbol.asyncDispose]()
  running.resolve()
  await closing
  expect(told.slice(-2)).toEqual(['T@0=2', 'unlock T@a@0'])
})

test('a queue whose listener does not return is not given back on closing', async () => {
  const { calls, consumer, pull, told } = await bench()
  ;(await pull()).reply(found(1, 'a'))
  await callNumber(calls, 1)
  await consumer[Symbol.asyncDispose]()
  expect(told.filter((one) => one.startsWith('unlock'))).toEqual([])
})

test('an administrator moves the group, when the running call has ended', async () => {
  const { calls, group, peer, pull } = await bench()
  ;(await pull()).reply(found(2, 'a', 'b'))
  const first = await callNumber(calls, 1)
  await pull()
  const moved = [{ topic: 'T', brokerName: 'a', queueId: 0, offset: 40 }]
  const body = Buffer.from(`{"offsetTable":${queueMapText(moved, (one) => one.offset)}}`)
  peer().invokeOneway(ResetConsumerClientOffset, { topic: 'T', group: 'G' }, { body })
  await until('the call to be asked to end', () => first.context.signal.aborted)
  expect(group.pulls.length).toBe(0)
  first.resolve()
  expect((await pull()).request.queueOffset).toBe(40)
  expect([group.recorded.get('T@0'), calls.length]).toEqual([40, 1])
})

test('an administrator sees the order and the lock, and has one message consumed', async () => {
  const { calls, peer, pull } = await bench()
  await pull()
  const info = await peer().invoke(GetConsumerRunningInfo, { consumerGroup: 'G', clientId: 'me' })
  expect(parseJson(info.body, 'running info')).toMatchObject({ properties: { PROP_CONSUMEORDERLY: 'true' } })
  expect(info.body.toString()).toContain('"locked":true')
  const body = storedRecord({ topic: 'T', body: 'x', queueOffset: 9 })
  const asked = peer().invoke(ConsumeMessageDirectly, { consumerGroup: 'G', brokerName: 'a' }, { body })
  ;(await callNumber(calls, 1)).resolve()
  const { consumeResult, order } = JSON.parse((await asked).body.toString()) as Readonly<Record<string, unknown>>
  expect([consumeResult, order]).toEqual(['CR_SUCCESS', true])
})
