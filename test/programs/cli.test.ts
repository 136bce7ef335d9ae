import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CLI, ROOT, run } from './run.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rocketstream-cli-'))
  writeFileSync(join(directory, 'broker.conf'), 'listenPort=0\nbrokerIP1=127.0.0.1\n')
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const server = (...more: string[]) =>
  run([CLI, 'server', '--namesrv-port', '0', '-c', 'broker.conf', '--store', 'store', ...more], { cwd: directory })

test('a server says that it is ready, and ends with 0 on SIGTERM', async () => {
  const running = server()
  await running.until('rocketstream server ready')
  running.kill('SIGTERM')
  const { code, stderr } = await running.ended
  expect(stderr).toContain('closed')
  expect(code).toBe(0)
})

test.each([
  ['an unknown flag', ['server', '--prot', '1'], "unknown option '--prot'"],
  ['an unknown command', ['sever'], "unknown command 'sever'"],
  ['a port that is none', ['namesrv', '-p', 'banana'], 'Write a number from 0 to 65535'],
  ['a flag without its value', ['broker', '-c'], 'argument missing'],
])('wrong usage, %s, ends with 2 and one line that says what to do', async (_, args, text) => {
  const { code, stderr } = await run([CLI, ...args]).ended
  expect(stderr).toContain(text)
  expect(stderr).toMatch(/Write `rocketstream( \w+)? --help` to see what it takes\.\n$/)
  expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  expect(code).toBe(2)
})

test('help names every command and ends with 0', async () => {
  const { code, stdout } = await run([CLI, '--help']).ended
  expect(stdout).toMatch(/server[\s\S]*namesrv[\s\S]*broker/)
  expect(code).toBe(0)
})

test("Apache's names print all configuration items with -p", async () => {
  const { code, stdout } = await run([`${ROOT}dist/mqbroker.js`, '-p', '-n', '127.0.0.1:1']).ended
  expect(stdout).toContain('namesrvAddr=127.0.0.1:1\n')
  expect(stdout).toContain('listenPort=10911\n')
  expect(code).toBe(0)
})

test('a port in use ends with 1 and names the port', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '0.0.0.0', resolve))
  const { port } = taken.address() as { port: number }
  const { code, stderr } = await run([CLI, 'namesrv', '-p', `${port}`]).ended
  expect(stderr).toContain(`RMQ_PORT_IN_USE: Port 0.0.0.0:${port} is already in use.`)
  expect(code).toBe(1)
  taken.close()
})

test('a misspelt key of broker.conf is reported with its line and the nearest key', async () => {
  writeFileSync(join(directory, 'broker.conf'), 'listenPort=0\nbrokerIP1=127.0.0.1\nbrokerNmae=a\n')
  const running = server()
  await running.until('ready')
  running.kill('SIGINT')
  expect((await running.ended).stderr).toContain(
    'broker.conf:3: unknown key "brokerNmae" is ignored; did you mean "brokerName"?',
  )
})

test('a value that does not fit and a file that is missing end with 1', async () => {
  writeFileSync(join(directory, 'broker.conf'), 'listenPort=banana\n')
  const wrong = await server().ended
  expect(wrong).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('broker.conf:1: listenPort=banana is not valid'),
  })
  const missing = await run([CLI, 'broker', '-c', 'nowhere.conf'], { cwd: directory }).ended
  expect(missing).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('RMQ_BROKER_CONF_MISSING: There is no broker configuration file "nowhere.conf"'),
  })
})

test('a store directory that another server uses is refused', async () => {
  const first = server()
  await first.until('ready')
  const second = await server().ended
  expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining('RMQ_STORE_LOCKED') })
  first.kill('SIGTERM')
  expect((await first.ended).code).toBe(0)
})

test('a store path that is a file is refused by name', async () => {
  mkdirSync(join(directory, 'x'))
  writeFileSync(join(directory, 'store'), 'not a directory')
  const { code, stderr } = await server().ended
  expect(stderr).toContain(join('store'))
  expect(stderr).toContain('RMQ_STORE_DIRECTORY')
  expect(code).toBe(1)
})

// Permissions do not stop root, so root runs the server as somebody else, when that one can read this checkout.
const isRoot = process.getuid?.() === 0
const other = isRoot ? { uid: 65_534 } : {}
const probe = `const { accessSync, constants } = require('node:fs'); accessSync(${JSON.stringify(CLI)}); accessSync(${JSON.stringify(tmpdir())}, constants.X_OK)`
const permissionsCount = process.platform !== 'win32' && spawnSync(process.execPath, ['-e', probe], other).status === 0

test.skipIf(!permissionsCount).each([
  ['unwritable', 0o555, 'RMQ_STORE_DIRECTORY'],
  ['unreadable', 0o000, 'RMQ_KV_CONFIG_UNREADABLE'],
])(
  'an %s directory is refused by name (skipped where no unprivileged user can read the checkout)',
  async (_, mode, expected) => {
    const parent = join(directory, 'closed')
    mkdirSync(parent)
    chmodSync(directory, 0o755)
    chmodSync(parent, mode)
    const flags = ['server', '--namesrv-port', '0', '-c', 'broker.conf', '--store', join(parent, 'store')]
    const { code, stderr } = await run([CLI, ...flags], { cwd: directory, ...other }).ended
    chmodSync(parent, 0o755)
    expect(stderr).toContain(join(parent, 'store'))
    expect(stderr).toContain('EACCES')
    expect(stderr).toContain(expected)
    expect(code).toBe(1)
  },
)
