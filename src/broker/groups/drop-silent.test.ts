import { expect, test } from 'vitest'
import { silentLogger } from '../../base/log/index.ts'
import { SimulatedClock } from '../../base/time/index.ts'
import type { Peer } from '../../remoting/index.ts'
import { ConsumerGroups } from './consumer-groups.ts'
import { dropSilentClients } from './drop-silent.ts'
import { ProducerGroups } from './producer-groups.ts'

const NOBODY = { subscribed: () => undefined, changed: () => undefined, left: () => undefined }

test('a client that sends no heartbeat for the time-out loses its connection', async () => {
  const clock = new SimulatedClock()
  const [consumers, producers] = [new ConsumerGroups(clock, () => undefined, NOBODY), new ProducerGroups(clock)]
  const dropped: string[] = []
  const peer = (address: string): Peer =>
    ({ address, closed: false, destroy: () => dropped.push(address) }) as unknown as Peer
  const sender = (address: string) => ({ peer: peer(address), clientId: address, language: 'JAVA', version: 1 })
  const scan = dropSilentClients(consumers, producers, 120_000, clock, silentLogger)
  const data = {
    groupName: 'G',
    consumeType: 'CONSUME_PASSIVELY',
    messageModel: 'CLUSTERING',
    consumeFromWhere: 'CONSUME_FROM_LAST_OFFSET',
    subscriptionDataSet: [],
    unitMode: false,
  }
  const [loud, silent] = [sender('loud'), sender('silent')]
  consumers.heartbeat(silent, data, 0)
  consumers.heartbeat(loud, data, 0)
  producers.heartbeat(sender('producer'), 'P')
  await clock.advance(100_000)
  consumers.heartbeat(loud, data, 0)
  expect(dropped).toEqual([])
  await clock.advance(30_000)
  expect(dropped).toEqual(['silent', 'producer'])
  scan.cancel()
})
