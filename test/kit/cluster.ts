import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { Scope } from '../../src/base/lifecycle/index.ts'
import { type BrokerConfig, brokerConfig } from '../../src/broker/index.ts'
import { type Client, type ClientConfig, openClient } from '../../src/client/index.ts'
import { startServer } from '../../src/embedded/index.ts'
import { verifyStore } from '../../src/store/index.ts'

/** Where the tests' servers are. */
export interface Cluster extends AsyncDisposable {
  /** `host:port` of the name server. */
  readonly nameServer: string
}

/**
 * Starts our name server and broker on free ports of this machine, with a store directory that goes with them. With
 * `ROCKETSTREAM_TEST_NAME_SERVER=host:port` the tests run against the servers there instead, for example Apache's.
 */
export async function startCluster(config: Partial<BrokerConfig> = {}): Promise<Cluster> {
  const given = process.env['ROCKETSTREAM_TEST_NAME_SERVER']
  if (given !== undefined) return { nameServer: given, [Symbol.asyncDispose]: async () => undefined }
  await using scope = new Scope()
  const dir = await mkdtemp(join(tmpdir(), 'rocketstream-test-'))
  scope.defer(() => rm(dir, { recursive: true, force: true }))
  const storePathRootDir = join(dir, 'store')
  // The servers close before this runs.
  scope.defer(async () => {
    const { problems } = await verifyStore(storePathRootDir)
    expect(problems).toEqual([])
  })
  const bindAddress = '127.0.0.1'
  const server = scope.own(
    await startServer({
      namesrv: { listenPort: 0, bindAddress },
      broker: brokerConfig.with({
        storePathRootDir,
        brokerName: 'broker-a',
        brokerIP1: bindAddress,
        bindAddress,
        listenPort: 0,
        ...config,
      }),
    }),
  )
  const owned = scope.move()
  return {
    nameServer: `${bindAddress}:${server.namesrvPort}`,
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  }
}

/** A client that is closed at the end of the test. */
export async function testClient(cluster: Cluster, config: Partial<ClientConfig> = {}): Promise<Client> {
  const client = await openClient({ nameServer: cluster.nameServer, ...config })
  onTestFinished(() => client[Symbol.asyncDispose]())
  return client
}

let names = 0

/** A name that no other test uses, for topics and groups. */
export function freshName(prefix: string): string {
  names++
  return `${prefix}_${Date.now().toString(36)}_${process.pid}_${names}`
}
