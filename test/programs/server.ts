import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brokerConfig } from 'rocketstream/broker'
import { startServer } from 'rocketstream/embedded'

/** A whole server of the built package on free ports, with a store directory that goes with it. */
export interface TestServer extends AsyncDisposable {
  readonly nameServer: string
}

export async function startTestServer(): Promise<TestServer> {
  const directory = mkdtempSync(join(tmpdir(), 'rocketstream-programs-'))
  const server = await startServer({
    namesrv: { listenPort: 0, bindAddress: '127.0.0.1' },
    broker: brokerConfig.with({ listenPort: 0, brokerIP1: '127.0.0.1', storePathRootDir: directory }),
  })
  return {
    nameServer: `127.0.0.1:${server.namesrvPort}`,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
