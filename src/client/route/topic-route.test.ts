import { expect, test } from 'vitest'
import type { RouteData } from '../../remoting/index.ts'
import { provisionalRoute, topicRoute } from './topic-route.ts'

function routeOf(
  ...brokers: { name: string; perm?: number; read?: number; write?: number; ids?: number[] }[]
): RouteData {
  return {
    queueDatas: brokers.map(({ name, perm = 6, read = 2, write = 2 }) => ({
      brokerName: name,
      readQueueNums: read,
      writeQueueNums: write,
      perm,
      topicSysFlag: 0,
    })),
    brokerDatas: brokers.map(({ name, ids = [0] }) => ({
      cluster: 'c',
      brokerName: name,
      brokerAddrs: Object.fromEntries(ids.map((id) => [id, `${name}:${id}`])),
      enableActingMaster: false,
    })),
    filterServerTable: {},
  }
}

function names(queues: readonly { brokerName: string; queueId: number }[]): string[] {
  return queues.map(({ brokerName, queueId }) => `${brokerName}${queueId}`)
}

test('queues to send to are those of writable brokers with a master, by broker name', () => {
  const route = topicRoute(
    'T',
    routeOf({ name: 'b' }, { name: 'a', write: 1 }, { name: 'c', perm: 4 }, { name: 'd', ids: [1] }),
  )
  expect(names(route.publishQueues)).toEqual(['a0', 'b0', 'b1'])
})

test('queues to read are those of readable brokers, with or without a master, sorted', () => {
  const route = topicRoute(
    'T',
    routeOf({ name: 'd', ids: [1] }, { name: 'a', read: 11, write: 1 }, { name: 'c', perm: 2 }),
  )
  expect(names(route.subscribeQueues)).toEqual([...Array.from({ length: 11 }, (_, id) => `a${id}`), 'd0', 'd1'])
})

test('an administrator’s order of queues is kept as it is', () => {
  const route = topicRoute('T', { ...routeOf({ name: 'a' }, { name: 'b' }), orderTopicConf: 'b:1;a:2' })
  expect(names(route.publishQueues)).toEqual(['b0', 'a0', 'a1'])
})

test('equal routes have equal fingerprints in whatever order they came', () => {
  const one = topicRoute('T', routeOf({ name: 'a' }, { name: 'b' }))
  expect(topicRoute('T', routeOf({ name: 'b' }, { name: 'a' })).fingerprint).toBe(one.fingerprint)
  expect(topicRoute('T', routeOf({ name: 'b' }, { name: 'a', perm: 4 })).fingerprint).not.toBe(one.fingerprint)
})

test('a topic to be created gets at most the wanted queues of the topic that stands for creation', () => {
  const route = provisionalRoute('New', routeOf({ name: 'a', read: 8, write: 8, perm: 7 }, { name: 'b', read: 2 }), 4)
  expect(names(route.publishQueues)).toEqual(['a0', 'a1', 'a2', 'a3', 'b0', 'b1'])
  expect([route.topic, route.provisional, route.publishQueues[0]?.topic]).toEqual(['New', true, 'New'])
})
