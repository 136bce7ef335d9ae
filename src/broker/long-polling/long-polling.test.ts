import { expect, test } from 'vitest'
import { SimulatedClock } from '../../base/time/index.ts'
import type { Peer } from '../../remoting/index.ts'
import { type Holdable, LongPolling } from './long-polling.ts'

class FakePeer {
  closed = false
  readonly #listeners: (() => void)[] = []

  onClose(listener: () => void): void {
    this.#listeners.push(listener)
  }

  close(): void {
    this.closed = true
    for (const listener of this.#listeners) listener()
  }

  get asPeer(): Peer {
    return this as unknown as Peer
  }
}

interface Held extends Holdable {
  readonly woken: number
}

function held(peer: FakePeer, offset: number, changes: Partial<Holdable> = {}): Held {
  const task = {
    peer: peer.asPeer,
    topic: 'T',
    queueId: 0,
    offset,
    accepts: undefined,
    woken: 0,
    wake() {
      task.woken++
    },
    ...changes,
  }
  return task
}

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve()
}

test('a hold ends by the first message it wants, once', async () => {
  const polling = new LongPolling(new SimulatedClock(), 10)
  const [any, tagged, later, elsewhere] = [
    held(new FakePeer(), 5),
    held(new FakePeer(), 5, { accepts: (code) => code === 7 }),
    held(new FakePeer(), 9),
    held(new FakePeer(), 5, { queueId: 1 }),
  ]
  for (const task of [any, tagged, later, elsewhere]) expect(polling.hold(task, 1000)).toBe(true)
  polling.arrived('T', 0, 5, 3)
  polling.arrived('T', 0, 6, 3)
  polling.arrived('U', 0, 6, 3)
  await settled()
  expect([any.woken, tagged.woken, later.woken, elsewhere.woken]).toEqual([1, 0, 0, 0])
  polling.arrived('T', 0, 7, 7)
  await settled()
  expect([any.woken, tagged.woken, later.woken, elsewhere.woken]).toEqual([1, 1, 0, 0])
  expect(polling.count).toBe(2)
})

test('a hold that looks at messages is asked about those whose tag it wants', async () => {
  const polling = new LongPolling(new SimulatedClock(), 10)
  const asked: number[] = []
  const acceptsAt = (queueOffset: number): boolean => {
    asked.push(queueOffset)
    return queueOffset === 8
  }
  const task = held(new FakePeer(), 5, { accepts: (code) => code === 7, acceptsAt })
  polling.hold(task, 1000)
  polling.arrived('T', 0, 5, 7)
  polling.arrived('T', 0, 6, 3)
  await settled()
  expect([task.woken, asked]).toEqual([0, [5]])
  polling.arrived('T', 0, 8, 7)
  await settled()
  expect([task.woken, asked]).toEqual([1, [5, 8]])
})

test('the holds of a group in a topic end when it wants other messages there', async () => {
  const polling = new LongPolling(new SimulatedClock(), 10)
  const all = [{ group: 'G' }, { group: 'G', queueId: 3 }, { group: 'H' }, { group: 'G', topic: 'U' }, {}].map(
    (changes) => held(new FakePeer(), 5, changes),
  )
  for (const task of all) polling.hold(task, 1000)
  polling.wakeGroup('T', 'G')
  await settled()
  expect(all.map(({ woken }) => woken)).toEqual([1, 1, 0, 0, 0])
})

test('a hold ends with its time, at most 20 ms late, and only once', async () => {
  const clock = new SimulatedClock()
  const polling = new LongPolling(clock, 10)
  const task = held(new FakePeer(), 5)
  polling.hold(task, 1000)
  await clock.advance(999)
  expect(task.woken).toBe(0)
  await clock.advance(21)
  expect(task.woken).toBe(1)
  polling.arrived('T', 0, 5, 0)
  await clock.advance(2000)
  expect([task.woken, polling.count]).toEqual([1, 0])
})

test('a lost connection takes its holds with it', async () => {
  const clock = new SimulatedClock()
  const polling = new LongPolling(clock, 10)
  const [lost, kept] = [new FakePeer(), new FakePeer()]
  const [first, second] = [held(lost, 5), held(kept, 5)]
  polling.hold(first, 1000)
  polling.hold(second, 1000)
  lost.close()
  expect(polling.count).toBe(1)
  await clock.advance(2000)
  expect([first.woken, second.woken]).toEqual([0, 1])
})

test('there is room for so many holds and no more, and none after closing', async () => {
  const clock = new SimulatedClock()
  const polling = new LongPolling(clock, 1)
  const task = held(new FakePeer(), 5)
  expect([polling.hold(task, 1000), polling.hold(task, 1000)]).toEqual([true, false])
  await polling[Symbol.asyncDispose]()
  expect(polling.hold(task, 1000)).toBe(false)
  await clock.advance(5000)
  expect(task.woken).toBe(0)
})
