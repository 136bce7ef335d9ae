import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Child, startChild, whenServing } from './child.ts'
import { untilListening, untilServing } from './cluster-probe.ts'
import { type JavaReady, type JavaTuning, QUICK_START } from './java-kit.ts'
import { freeBrokerPort, freePort } from './ports.ts'
import { type ServerUnderTest, serverOf } from './server-under-test.ts'
import { workDir } from './work-dir.ts'

export interface ApacheOptions {
  /** Working directory, kept at the end; default: a temporary one, removed by `stop`, `kill9` and disposal. */
  readonly dir?: string
  /** `storePathRootDir`; default `<dir>/store`. Never removed if given. */
  readonly storeDir?: string
  /** Java heap of the broker (default `512m`); half of it is the young generation. */
  readonly heap?: string
  /** Default `quick`. */
  readonly tuning?: JavaTuning
  /** Added to `broker.conf`; these win. Booleans and numbers as text. */
  readonly brokerConf?: Readonly<Record<string, string>>
  /** `own` (default) starts a name server too; an address starts only a broker that registers there. */
  readonly namesrv?: string
  /** No broker at all. */
  readonly namesrvOnly?: boolean
  /** Ports to use again after a restart; default: free ones. */
  readonly namesrvPort?: number
  readonly brokerPort?: number
  /** Limit for the whole start (60 000). */
  readonly timeoutMs?: number
}

/**
 * Starts Apache RocketMQ 5.3.3, name server and broker as two processes, and waits until the broker is registered.
 * That takes 4 s or 14 s: now and then the broker's first registration finds its list of name servers not yet filled
 * and the next one comes 10 s later [BrokerOuterAPI.registerBrokerAll, 5.3.3].
 *
 * @throws with the end of the processes' output if they do not serve in time
 */
export async function startApache(kit: JavaReady, options: ApacheOptions = {}): Promise<ServerUnderTest> {
  const work = await workDir('apache', options.dir)
  const timeoutMs = options.timeoutMs ?? 60_000
  const children: Child[] = []
  const begun = performance.now()
  let portsMs = 0
  let namesrvAddress = options.namesrv ?? 'own'
  try {
    if (namesrvAddress === 'own') {
      const port = options.namesrvPort ?? (await freePort())
      namesrvAddress = `127.0.0.1:${port}`
      const namesrv = await startNamesrv(kit, work.dir, port, options.tuning)
      children.push(namesrv)
      const address = namesrvAddress
      await whenServing('Apache name server', children, (signal) => untilListening(address, signal), timeoutMs)
    }
    const storeDir = options.storeDir ?? join(work.dir, 'store')
    const brokerName = options.brokerConf?.['brokerName'] ?? 'broker-a'
    let brokerAddress = ''
    if (!options.namesrvOnly) {
      const port = options.brokerPort ?? (await freeBrokerPort())
      brokerAddress = `127.0.0.1:${port}`
      // The broker first in the list: it is the first to stop.
      children.unshift(await startBroker(kit, work.dir, namesrvAddress, port, storeDir, brokerName, options))
      const broker = { name: brokerName, address: brokerAddress }
      await whenServing('Apache broker', children, (signal) => untilListening(broker.address, signal), timeoutMs)
      portsMs = performance.now() - begun
      await whenServing('Apache broker', children, (signal) => untilServing(namesrvAddress, broker, signal), timeoutMs)
    }
    const startMs = performance.now() - begun
    const facts = { name: 'apache' as const, namesrvAddress, brokerAddress, brokerName, storeDir, portsMs, startMs }
    return serverOf(facts, children, work.remove)
  } catch (failure) {
    for (const child of children) child.kill('SIGKILL')
    await Promise.all(children.map((child) => child.ended))
    await work.remove()
    throw failure
  }
}

async function startNamesrv(kit: JavaReady, dir: string, port: number, tuning?: JavaTuning): Promise<Child> {
  const home = await homeOf(dir, 'namesrv')
  const conf = join(dir, 'namesrv.conf')
  await writeFile(conf, properties({ listenPort: String(port), bindAddress: '127.0.0.1' }))
  const flags = jvmFlags(home, 'rmq.namesrv.logback.xml', [
    '-Xms256m',
    '-Xmx256m',
    ...(tuning === 'throughput' ? [] : QUICK_START),
  ])
  const main = ['-cp', kit.serverClassPath, 'org.apache.rocketmq.namesrv.NamesrvStartup', '-c', conf]
  return startChild('java', [...flags, ...main], join(dir, 'namesrv.out'), { cwd: dir })
}

async function startBroker(
  kit: JavaReady,
  dir: string,
  namesrvAddress: string,
  port: number,
  storeDir: string,
  brokerName: string,
  options: ApacheOptions,
): Promise<Child> {
  const home = await homeOf(dir, 'broker')
  const conf = join(dir, 'broker.conf')
  const settings = {
    brokerClusterName: 'DefaultCluster',
    brokerName,
    brokerId: '0',
    brokerIP1: '127.0.0.1',
    brokerIP2: '127.0.0.1',
    bindAddress: '127.0.0.1',
    listenPort: String(port),
    storePathRootDir: storeDir,
    storePathCommitLog: join(storeDir, 'commitlog'),
    autoCreateTopicEnable: 'true',
    ...options.brokerConf,
  }
  await writeFile(conf, properties(settings))
  const flags = jvmFlags(home, 'rmq.broker.logback.xml', brokerHeap(options.heap ?? '512m', options.tuning))
  const main = [
    '-cp',
    kit.serverClassPath,
    'org.apache.rocketmq.broker.BrokerStartup',
    '-n',
    namesrvAddress,
    '-c',
    conf,
  ]
  return startChild('java', [...flags, ...main], join(dir, 'broker.out'), { cwd: dir })
}

/**
 * To measure: what Apache's own `runbroker.sh` sets, except for touching all heap pages at start: that would double its
 * memory.
 */
function brokerHeap(heap: string, tuning: JavaTuning = 'quick'): string[] {
  const megabytes = heap.endsWith('g') ? Number(heap.slice(0, -1)) * 1024 : Number(heap.slice(0, -1))
  const size = [`-Xms${heap}`, `-Xmx${heap}`, `-Xmn${megabytes / 2}m`, '-XX:MaxDirectMemorySize=15g']
  if (tuning === 'quick') return [...size, ...QUICK_START]
  const g1 = ['-XX:G1ReservePercent=25', '-XX:InitiatingHeapOccupancyPercent=30', '-XX:SoftRefLRUPolicyMSPerMB=0']
  if (megabytes >= 2048) g1.push('-XX:G1HeapRegionSize=16m')
  return [...size, '-XX:+UseG1GC', ...g1]
}

function jvmFlags(home: string, logback: string, memory: readonly string[]): string[] {
  return [
    '-server',
    ...memory,
    '-XX:-OmitStackTraceInFastThrow',
    '-XX:-UseLargePages',
    // Unmapping of log files reaches into the JDK.
    '--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED',
    '--add-exports=java.base/sun.nio.ch=ALL-UNNAMED',
    '--add-opens=java.base/java.nio=ALL-UNNAMED',
    '--add-opens=java.base/jdk.internal.ref=ALL-UNNAMED',
    '--add-opens=java.base/sun.nio.ch=ALL-UNNAMED',
    '--add-opens=java.base/java.lang=ALL-UNNAMED',
    `-Duser.home=${home}`,
    `-Drocketmq.home.dir=${home}`,
    `-Drmq.logback.configurationFile=${logback}`,
  ]
}

async function homeOf(dir: string, name: string): Promise<string> {
  const home = join(dir, 'home', name)
  await mkdir(home, { recursive: true })
  return home
}

function properties(entries: Readonly<Record<string, string>>): string {
  return Object.entries(entries)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')
}
