import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startChild, whenServing } from './child.ts'
import { untilListening, untilServing } from './cluster-probe.ts'
import { freeBrokerPort, freePort } from './ports.ts'
import { type ServerUnderTest, serverOf } from './server-under-test.ts'
import { workDir } from './work-dir.ts'

export interface RocketstreamOptions {
  /** Working directory, kept at the end; default: a temporary one, removed by `stop`, `kill9` and disposal. */
  readonly dir?: string
  /** Given to `--store`; default `<dir>/store`. Never removed if given. */
  readonly storeDir?: string
  /** Added to `broker.conf`; these win. */
  readonly brokerConf?: Readonly<Record<string, string>>
  /** More flags for `rocketstream server`. */
  readonly args?: readonly string[]
  /** Flags for Node itself, such as `--cpu-prof`. */
  readonly nodeArgs?: readonly string[]
  /** Ports to use again after a restart; default: free ones. */
  readonly namesrvPort?: number
  readonly brokerPort?: number
  /** Limit for the start (15 000). */
  readonly timeoutMs?: number
}

const cli = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url))

/**
 * Starts `rocketstream server` from `dist/`, name server and broker in one process, and waits until it serves.
 * @throws if `dist/cli.js` was not built, or with the end of its output if it does not serve in time
 */
export async function startRocketstream(options: RocketstreamOptions = {}): Promise<ServerUnderTest> {
  if (!existsSync(cli)) throw new Error('dist/cli.js does not exist: run "npm run build" first.')
  const work = await workDir('server', options.dir)
  const [namesrvPort, brokerPort] = [
    options.namesrvPort ?? (await freePort()),
    options.brokerPort ?? (await freeBrokerPort()),
  ]
  const storeDir = options.storeDir ?? join(work.dir, 'store')
  const conf = {
    brokerClusterName: 'DefaultCluster',
    brokerName: 'broker-a',
    brokerIP1: '127.0.0.1',
    listenPort: String(brokerPort),
    autoCreateTopicEnable: 'true',
    ...options.brokerConf,
  }
  const confFile = join(work.dir, 'broker.conf')
  await writeFile(
    confFile,
    Object.entries(conf)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  )
  const flags = ['--namesrv-port', String(namesrvPort), '-c', confFile, '--store', storeDir, ...(options.args ?? [])]
  const begun = performance.now()
  const child = startChild(
    process.execPath,
    [...(options.nodeArgs ?? []), cli, 'server', ...flags],
    join(work.dir, 'server.out'),
    { cwd: work.dir },
  )
  const namesrvAddress = `127.0.0.1:${namesrvPort}`
  const broker = { name: conf.brokerName, address: `127.0.0.1:${brokerPort}` }
  let portsMs = 0
  try {
    const listening = (signal: AbortSignal) => untilListening(broker.address, signal)
    await whenServing('rocketstream server', [child], listening, options.timeoutMs ?? 15_000)
    portsMs = performance.now() - begun
    const serving = (signal: AbortSignal) => untilServing(namesrvAddress, broker, signal)
    await whenServing('rocketstream server', [child], serving, options.timeoutMs ?? 15_000)
  } catch (failure) {
    child.kill('SIGKILL')
    await child.ended
    await work.remove()
    throw failure
  }
  const startMs = performance.now() - begun
  const addresses = { namesrvAddress, brokerAddress: broker.address, brokerName: broker.name }
  return serverOf({ name: 'rocketstream', ...addresses, storeDir, portsMs, startMs }, [child], work.remove)
}
