import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { StreamApplication } from 'rocketstream'
import { build } from 'tsup'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { RocketMQApplication } from '../../examples/02-seed-application/application.ts'
import { produce } from '../../examples/02-seed-application/producer.ts'
import { ROOT, run } from './run.ts'
import { startTestServer, type TestServer } from './server.ts'

const EXAMPLE = `${ROOT}examples/02-seed-application`
const PROVED = 'all 8 messages arrived as they were sent, in both inputs'

let server: TestServer
let nameServerArgument: string
beforeAll(async () => {
  server = await startTestServer()
  nameServerArgument = `--spring.cloud.stream.rocketmq.binder.name-server=${server.nameServer}`
})
afterAll(() => server?.[Symbol.asyncDispose]())

test('the program runs by tsx', async () => {
  const { code, stdout, stderr } = await run(['--import', 'tsx', `${EXAMPLE}/main.ts`, nameServerArgument]).ended
  expect(stdout, stderr).toContain(PROVED)
  expect(code).toBe(0)
})

test('the program runs compiled by tsup', async () => {
  // Inside the package, so that it imports the package by name.
  const outDir = mkdtempSync(join(ROOT, 'dist', 'program-'))
  try {
    await build({ entry: [`${EXAMPLE}/main.ts`], outDir, format: 'esm', target: 'node20', config: false, silent: true })
    copyFileSync(`${EXAMPLE}/application.properties`, join(outDir, 'application.properties'))
    const { code, stdout, stderr } = await run([join(outDir, 'main.js'), nameServerArgument]).ended
    expect(stdout, stderr).toContain(PROVED)
    expect(code).toBe(0)
  } finally {
    rmSync(outDir, { recursive: true })
  }
})

test('the program runs under Vitest', async () => {
  const app = await StreamApplication.run(RocketMQApplication, {
    directory: EXAMPLE,
    args: [nameServerArgument],
    signals: false,
  })
  try {
    const sent = await produce(server.nameServer, 'vitest')
    const { received } = app.get(RocketMQApplication)
    const ours = (texts: readonly string[]): string[] => texts.filter((text) => text.includes('vitest')).sort()
    await expect.poll(() => ours(received.input), { timeout: 10_000 }).toEqual(sent.input.sort())
    await expect.poll(() => ours(received.input2), { timeout: 10_000 }).toEqual(sent.input2.sort())
  } finally {
    await app.close()
  }
})
