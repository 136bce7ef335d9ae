import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runNode } from './kit/examples.ts'
import { prepareJava, type ServerUnderTest, startApache } from './kit/index.ts'

// The examples bring their own server along; here they are told to use Apache's, and nothing else of them changes.

const kit = await prepareJava()
if (!kit.available) console.warn(`Skipped: ${kit.reason}.`)
const examples = fileURLToPath(new URL('../../examples/', import.meta.url))
const names = readdirSync(examples).filter((name) => /^\d\d-/.test(name))

let server: ServerUnderTest
beforeAll(async () => {
  const brokerConf = { enablePropertyFilter: 'true', traceTopicEnable: 'true' }
  if (kit.available) server = await startApache(kit, { brokerConf })
})
afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
})

test.skipIf(!kit.available).each(names)('example %s runs on Apache', async (name) => {
  const { code, output } = await runNode(`${examples}${name}/main.ts`, server.namesrvAddress)
  expect(output).not.toContain('NOT RIGHT')
  expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' })
})
