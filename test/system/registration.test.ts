import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type Namesrv, startNamesrv } from '../../src/namesrv/index.ts'
import { GetRoute, PutKvConfig, RemotingClient, type RouteData, routeBody } from '../../src/remoting/index.ts'
import { expectRefusal, startTestBroker, wireClient } from '../kit/broker.ts'
import { until } from '../kit/until.ts'

async function nameServer(listenPort = 0): Promise<Namesrv> {
  const directory = mkdtempSync(join(tmpdir(), 'rocketstream-namesrv-'))
  const server = await startNamesrv({ listenPort, bindAddress: '127.0.0.1', kvConfigPath: join(directory, 'kv.json') })
  onTestFinished(async () => {
    await server[Symbol.asyncDispose]()
    rmSync(directory, { recursive: true, force: true })
  })
  return server
}

function asker(): RemotingClient {
  const client = new RemotingClient()
  onTestFinished(() => client[Symbol.asyncDispose]())
  return client
}

async function routeOf(client: RemotingClient, port: number, topic: string): Promise<RouteData> {
  return routeBody.decode((await client.invoke(`127.0.0.1:${port}`, GetRoute, { topic })).body)
}

test('a broker is known at all name servers when it has started, and forgotten when it closes', async () => {
  const servers = [await nameServer(), await nameServer()]
  const client = asker()
  const namesrvAddr = servers.map((server) => `127.0.0.1:${server.port}`).join(';')
  const { broker } = await startTestBroker({ namesrvAddr })
  for (const { port } of servers) {
    const { brokerDatas } = await routeOf(client, port, 'TBW102')
    expect(brokerDatas).toMatchObject([{ brokerName: 'broker-test', brokerAddrs: { 0: broker.address } }])
  }
  await broker[Symbol.asyncDispose]()
  for (const { port } of servers) await expectRefusal(routeOf(client, port, 'TBW102'), 17)
})

test('a new topic is known at once', async () => {
  const { port } = await nameServer()
  const running = await startTestBroker({ namesrvAddr: `127.0.0.1:${port}` })
  const client = asker()
  await wireClient(running).send('T', 'x')
  await until(
    'the route is there',
    () =>
      routeOf(client, port, 'T').then(
        () => true,
        () => false,
      ),
    2000,
  )
  expect((await routeOf(client, port, 'T')).queueDatas).toMatchObject([{ readQueueNums: 4, perm: 6 }])
})

test('a broker that may only be read registers no topic as writable', async () => {
  const { port } = await nameServer()
  await startTestBroker({ namesrvAddr: `127.0.0.1:${port}`, brokerPermission: 4 })
  expect((await routeOf(asker(), port, 'TBW102')).queueDatas[0]?.perm).toBe(4)
})

test('a name server that comes later, or comes back, gets to know the broker', async () => {
  const first = await nameServer()
  const { port } = first
  await startTestBroker({ namesrvAddr: `127.0.0.1:${port}` })
  await first[Symbol.asyncDispose]()
  await nameServer(port)
  const client = asker()
  await until('the broker is registered again', () =>
    routeOf(client, port, 'TBW102').then(
      () => true,
      () => false,
    ),
  )
})

test('the name servers say which topics are ordered', async () => {
  const { port } = await nameServer()
  const client = asker()
  const key = { namespace: 'ORDER_TOPIC_CONFIG', key: 'BenchmarkTest', value: 'broker-test:1' }
  await client.invoke(`127.0.0.1:${port}`, PutKvConfig, key)
  const running = await startTestBroker({ namesrvAddr: `127.0.0.1:${port}`, brokerPermission: 4 })
  const sends = wireClient(running)
  await expectRefusal(sends.send('BenchmarkTest', 'x'), 16, 'the broker[127.0.0.1] sending message is forbidden')
  await sends.send('T', 'x')
})

test('an address that is none stops the start', async () => {
  await expect(startTestBroker({ namesrvAddr: 'localhost' })).rejects.toMatchObject({ code: 'RMQ_BROKER_ADDRESS' })
  await expect(startTestBroker({ brokerRole: 'SLAVE', brokerId: 1 })).rejects.toMatchObject({ code: 'RMQ_BROKER_ROLE' })
})
