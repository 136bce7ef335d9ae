import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MessageBuilder, StreamApplication } from 'rocketstream'
import { openClient } from 'rocketstream/client'
import { startEmbedded } from 'rocketstream/embedded'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ROOT, run } from './run.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rocketstream-embedded-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

test('a message sent to the embedded server is there after it was closed and opened again', async () => {
  const options = { port: 0, storePath: join(directory, 'store') }
  const first = await startEmbedded(options)
  const sending = await openClient({ nameServer: first.nameServer })
  const producer = await sending.producer({ group: 'P' })
  const sent = await producer.send({ topic: 'Kept', body: Buffer.from('still here') })
  await sending[Symbol.asyncDispose]()
  await first[Symbol.asyncDispose]()

  const second = await startEmbedded(options)
  const receiving = await openClient({ nameServer: second.nameServer })
  const received: string[] = []
  await receiving.pushConsumer({
    group: 'C',
    subscriptions: [{ topic: 'Kept' }],
    from: 'first',
    listener: (message) => {
      received.push(`${message.messageId} ${message.body}`)
    },
  })
  await expect.poll(() => received, { timeout: 10_000 }).toEqual([`${sent.messageId} still here`])
  await receiving[Symbol.asyncDispose]()
  await second[Symbol.asyncDispose]()
})

test('a busy program does not stop the embedded server', async () => {
  const embedded = await startEmbedded({ port: 0, storePath: join(directory, 'store') })
  // A client in a process of its own works on while this thread is blocked.
  const other = run([
    '--import',
    'tsx',
    `${ROOT}test/interop/ours/judge.ts`,
    'produce',
    '--namesrv',
    embedded.nameServer,
    '--topic',
    'Busy',
    '--count',
    '500',
  ])
  const untilMs = performance.now() + 1500
  while (performance.now() < untilMs);
  const { code, stdout } = await other.ended
  expect(stdout).toContain('"sent":500,"failed":0')
  expect(code).toBe(0)
  await embedded[Symbol.asyncDispose]()
})

test('a directory that another server uses is refused with its own code', async () => {
  const options = { port: 0, storePath: join(directory, 'store') }
  const first = await startEmbedded(options)
  await expect(startEmbedded(options)).rejects.toMatchObject({ code: 'RMQ_STORE_LOCKED' })
  await first[Symbol.asyncDispose]()
})

test('a service without a name server brings one along, with its messages in embedded.store-path', async () => {
  const storePath = join(directory, 'own')
  const binder = 'spring.cloud.stream.rocketmq.binder'
  const quiet = { args: [], variables: {}, directory, signals: false }
  const properties = {
    [`${binder}.embedded.port`]: 0,
    [`${binder}.embedded.store-path`]: storePath,
    'spring.cloud.stream.output-bindings': 'orders',
    'logging.level.root': 'off',
  }
  const app = await StreamApplication.run({ ...quiet, properties })
  await app.channel('orders-out-0').send(MessageBuilder.withPayload('kept').build())
  await app.close()
  expect(existsSync(join(storePath, 'commitlog'))).toBe(true)
  expect(existsSync(join(directory, '.rocketstream'))).toBe(false)
})
