import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nodeFiles } from '../../src/base/files/index.ts'
import { writeGoldenStore } from '../kit/golden-stores.ts'
import { CLI, type Ended, run } from './run.ts'

let root: string
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'rocketstream-store-cli-'))
  for (const name of ['c-small-files', 'd2-bit-flip'] as const) writeGoldenStore(name, nodeFiles, join(root, name))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

const store = (...args: string[]): Promise<Ended> => run([CLI, 'store', ...args], { cwd: root }).ended

test('a store in order ends with 0 and its numbers', async () => {
  expect(await store('verify', 'c-small-files')).toEqual({
    code: 0,
    stderr: '',
    stdout: [
      'c-small-files: stopped cleanly',
      'log     0 to 3227717: 959 records, 3227717 bytes',
      'queues  24 with 959 entries',
      'index   1929 keys',
      'no problems\n',
    ].join('\n'),
  })
})

test('a damaged store ends with 1, its problems one a line', async () => {
  const { code, stdout } = await store('verify', 'd2-bit-flip')
  expect(code).toBe(1)
  expect(stdout).toContain('\nproblem: log position 1404731: neither a sound record nor the end of the log\n')
  expect(stdout).toContain('\nmended by the next start: index: 40 entries point behind the end of the log\n')
  expect(stdout).toMatch(/\n4 problems\n$/)
})

test('settings can be given by a broker.conf', async () => {
  writeFileSync(join(root, 'broker.conf'), 'mappedFileSizeCommitLog=2097152\n')
  const { code, stdout } = await store('verify', 'c-small-files', '-c', 'broker.conf', '--json')
  expect(code).toBe(1)
  expect(JSON.parse(stdout)).toMatchObject({
    directory: 'c-small-files',
    isClean: true,
    problems: expect.arrayContaining([expect.stringMatching(/00000000000001048576 does not belong there/)]),
  })
})

test('a summary, records, a queue, a key and an id can be shown', async () => {
  const summary = await store('dump', 'c-small-files')
  expect(summary).toMatchObject({ code: 0, stderr: '' })
  expect(summary.stdout).toContain('\n  GoldenTopicA/0: 0 to 6, 1 file\n')
  const log = await store('dump', 'c-small-files', '--log', '--limit', '1')
  expect(log.stdout.split('\n')).toEqual([
    '@0 GoldenTopicA/0 #0, 313 bytes, stored 2026-11-21T03:07:45.485Z, from 127.0.0.1:54342',
    '  id FD0000000000000000000000000000026B9030946E0967AB15B20000',
    expect.stringMatching(/^ {2}properties \{"MSG_REGION":"DefaultRegion",.*"名前":"値✓ with space 0"\}$/),
    '  body "body-A-0"',
    '',
  ])
  const queue = await store('dump', 'c-small-files', '--topic', 'GoldenTopicA', '--queue', '1', '--json')
  const messages = queue.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(messages[0]).toMatchObject({ kind: 'record', queueOffset: 0, flag: 7, body: { text: 'body-A-1' } })
  expect(messages[1]).toMatchObject({ queueOffset: 1, bodyBytes: 256, body: { base64: expect.any(String) } })
  const without = await store('dump', 'c-small-files', '--topic', 'GoldenTopicA', '--key', 'keyA-1', '--body', 'none')
  expect(without.stdout).toMatch(/^@313 GoldenTopicA\/1 #0, [\s\S]*\n {2}body of 8 bytes\n$/)
  const byId = await store('dump', 'c-small-files', '--message-id', '7F0000010000597F0000000000000000')
  expect(byId.stdout).toMatch(/^@0 GoldenTopicA/)
})

test.each([
  [['verify', 'nowhere'], 'There is no store in it: give the directory that holds commitlog/'],
  [['dump', 'c-small-files', '--log', '--index'], '--log and --index cannot be shown at once'],
  [['dump', 'c-small-files', '--body', 'half'], 'Allowed choices are full, none'],
  [['mend', 'c-small-files'], "unknown command 'mend'"],
])('wrong usage, %s, ends with 2 and one line that says what to write', async (args, text) => {
  const { code, stdout, stderr } = await store(...args)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(text)
  expect(stderr).toMatch(/^rocketstream: .*Write `rocketstream store( \w+)? --help` to see what it takes\.\n$/)
})

test('a reader that goes away, as head does, ends the program quietly', async () => {
  const child = spawn(process.execPath, [CLI, 'store', 'dump', join(root, 'c-small-files'), '--log'])
  let stderr = ''
  child.stderr.on('data', (bytes: Buffer) => {
    stderr += bytes.toString()
  })
  await once(child.stdout, 'data')
  child.stdout.destroy()
  const [code] = (await once(child, 'exit')) as [number]
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})

test('help tells the exit codes', async () => {
  const { code, stdout } = await store('verify', '--help')
  expect(code).toBe(0)
  expect(stdout).toContain('Exit code 0: in order; 1: problems; 2: wrong usage.')
})
