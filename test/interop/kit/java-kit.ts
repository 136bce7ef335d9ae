import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { withFileLock } from './file-lock.ts'

/** The official Java clients we are judged by: the newest, and the last widespread one of the 4.x line. */
export const CLIENT_VERSIONS = ['5.3.3', '4.9.4'] as const
export type ClientVersion = (typeof CLIENT_VERSIONS)[number]

/** Java is here: class paths of both versions. */
export interface JavaReady {
  readonly available: true
  /** Jars only, for Apache's servers (5.3.3). */
  readonly serverClassPath: string
  /** Drivers first, then the jars of that client. */
  readonly judgeClassPath: Readonly<Record<ClientVersion, string>>
  /** A configuration that keeps the 5.x client's log silent. */
  readonly quietLogback: string
}

/** Java is not here: report the skip with this reason. */
export interface JavaMissing {
  readonly available: false
  readonly reason: string
}

export type JavaKit = JavaReady | JavaMissing

/** What a Java program is good at: starting, or running for minutes as fast as it can, as a measurement needs. */
export type JavaTuning = 'quick' | 'throughput'

/**
 * The first compiler only and the smallest collector: a driver that sends and ends takes 1.2 s of CPU instead of 2.0 s,
 * one that receives 1.1 s instead of 1.8 s. What these programs do is the same.
 */
export const QUICK_START = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'] as const

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../../', import.meta.url))
const sources = fileURLToPath(new URL('../java/', import.meta.url))
const cache = join(root, 'node_modules/.cache/rocketstream-interop')

/**
 * Resolves Apache's jars with Maven and compiles the drivers; both are cached by content under
 * `node_modules/.cache`, so a second call takes milliseconds. Two processes may call it at once.
 *
 * @returns `{ available: false, reason }` if `java`, `javac` or `mvn` cannot be run
 * @throws if Maven cannot resolve the jars or the drivers do not compile
 */
export async function prepareJava(): Promise<JavaKit> {
  const missing = await missingTool()
  if (missing !== undefined) return { available: false, reason: missing }
  await mkdir(cache, { recursive: true })
  const judgeClassPath: Record<ClientVersion, string> = { '5.3.3': '', '4.9.4': '' }
  let serverClassPath = ''
  let quietLogback = ''
  for (const version of CLIENT_VERSIONS) {
    const jars = join(await resolveJars(version), '*')
    const classes = await compileDrivers(version, jars)
    judgeClassPath[version] = [classes, jars].join(delimiter)
    if (version === '5.3.3') {
      serverClassPath = jars
      quietLogback = join(classes, 'quiet-logback.xml')
    }
  }
  return { available: true, serverClassPath, judgeClassPath, quietLogback }
}

async function missingTool(): Promise<string | undefined> {
  for (const tool of ['java', 'javac', 'mvn']) {
    try {
      await run('sh', ['-c', `command -v ${tool}`])
    } catch {
      return `"${tool}" is not on the PATH; the judges need a JDK 17 and Maven`
    }
  }
  return undefined
}

async function resolveJars(version: ClientVersion): Promise<string> {
  const pom = join(sources, `pom-${version}.xml`)
  const target = join(cache, version, `jars-${digest([await readFile(pom)])}`)
  return once(target, async (unfinished) => {
    await run('mvn', ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${unfinished}`])
  })
}

async function compileDrivers(version: ClientVersion, jars: string): Promise<string> {
  const files = await driverFiles(version)
  const contents = await Promise.all([...files, join(sources, 'quiet-logback.xml')].map((file) => readFile(file)))
  const target = join(cache, version, `classes-${digest([jars, ...contents])}`)
  return once(target, async (unfinished) => {
    await run('javac', ['-nowarn', '-Xlint:-deprecation', '-d', unfinished, '-cp', jars, ...files])
    await copyFile(join(sources, 'quiet-logback.xml'), join(unfinished, 'quiet-logback.xml'))
  })
}

/** The admin client comes with 5.3.3 only. */
async function driverFiles(version: ClientVersion): Promise<string[]> {
  const folders = version === '5.3.3' ? [sources, join(sources, 'admin')] : [sources]
  const lists = await Promise.all(folders.map(async (dir) => (await readdir(dir)).map((name) => join(dir, name))))
  return lists
    .flat()
    .filter((file) => file.endsWith('.java'))
    .sort()
}

/** Makes the folder once: built under another name, moved when complete, so nobody sees a half-filled one. */
async function once(target: string, build: (unfinished: string) => Promise<void>): Promise<string> {
  if (existsSync(target)) return target
  await withFileLock(join(cache, 'lock'), async () => {
    if (existsSync(target)) return
    const unfinished = `${target}.unfinished`
    await rm(unfinished, { recursive: true, force: true })
    await mkdir(unfinished, { recursive: true })
    await build(unfinished)
    await rename(unfinished, target)
  })
  return target
}

function digest(parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part).update('\0')
  return hash.digest('hex').slice(0, 12)
}
