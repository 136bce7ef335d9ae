import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { Scope } from '../base/lifecycle/index.ts'
import type { LogFields, Logger } from '../base/log/index.ts'
import {
  DEFAULT_LIMITS,
  defineApi,
  int32,
  listen,
  optional,
  type Peer,
  RESPONSE_CODE,
  RemotingClient,
  type RemotingServer,
  remotingErrors,
  route,
  routeTable,
  type ServerOptions,
  str,
} from './index.ts'

const Echo = defineApi({
  code: 9001,
  name: 'ECHO',
  request: { text: str, times: optional(int32) },
  response: { text: optional(str) },
})
const Never = defineApi({ code: 9002, name: 'NEVER', request: {}, response: {} })
const Refuse = defineApi({ code: 9003, name: 'REFUSE', request: {}, response: {} })
const Broken = defineApi({ code: 9004, name: 'BROKEN', request: {}, response: {} })
const Unrouted = defineApi({ code: 9005, name: 'UNROUTED', request: {}, response: {} })

let scope = new Scope()
afterEach(async () => {
  await scope[Symbol.asyncDispose]()
  scope = new Scope()
})

const oneways: string[] = []
const routes = routeTable(
  route(Echo, (request, call) => {
    if (call.oneway) oneways.push(request.text)
    return { header: { text: request.text.repeat(request.times ?? 1) }, body: Buffer.from(call.body) }
  }),
  route(Never, () => undefined),
  route(Refuse, () => {
    throw remotingErrors.RMQ_REFUSED({ responseCode: RESPONSE_CODE.NO_PERMISSION, remark: 'not you' })
  }),
  route(Broken, async () => {
    throw new TypeError('a bug')
  }),
)

async function server(options: Partial<ServerOptions> = {}): Promise<{ server: RemotingServer; address: string }> {
  const opened = scope.own(await listen({ listen: { host: '127.0.0.1', port: 0 }, routes, ...options }))
  return { server: opened, address: `127.0.0.1:${opened.address.port}` }
}

const client = (options = {}): RemotingClient => scope.own(new RemotingClient(options))

test('a request is answered with header and body', async () => {
  const { address } = await server()
  const answer = await client().invoke(address, Echo, { text: 'hé"llo', times: 2 }, { body: Buffer.from('body') })
  expect(answer.header.text).toBe('hé"llohé"llo')
  expect(answer.body.toString()).toBe('body')
})

test('many requests at once share one connection and each gets its own answer', async () => {
  const { server: opened, address } = await server()
  const asking = client()
  const texts = Array.from({ length: 2000 }, (_, index) => `${index}`)
  const answers = await Promise.all(texts.map((text) => asking.invoke(address, Echo, { text })))
  expect(answers.map((answer) => answer.header.text)).toEqual(texts)
  expect(opened.connectionCount).toBe(1)
})

test('a body larger than the gathering buffer arrives whole', async () => {
  const { address } = await server()
  const body = Buffer.alloc(3_000_000, 'x')
  const answer = await client().invoke(address, Echo, { text: '' }, { body })
  expect(answer.body.equals(body)).toBe(true)
})

test('a oneway request is carried out and not answered', async () => {
  const { address } = await server()
  const asking = client()
  await asking.invokeOneway(address, Echo, { text: 'once' })
  await asking.invoke(address, Echo, { text: '' })
  expect(oneways).toContain('once')
})

test('a refusal carries code, remark and address', async () => {
  const { address } = await server()
  await expect(client().invoke(address, Refuse, {})).rejects.toMatchObject({
    code: 'RMQ_REFUSED',
    details: { responseCode: 16, remark: 'not you', address, request: 'REFUSE' },
    message: `REFUSE was refused by ${address} with NO_PERMISSION(16): not you`,
  })
})

test('an unknown code is answered as unsupported and logged once', async () => {
  const lines: [string, LogFields | undefined][] = []
  const { address } = await server({ logger: listLogger(lines) })
  const asking = client()
  for (let round = 0; round < 3; round++) {
    await expect(asking.invoke(address, Unrouted, {})).rejects.toMatchObject({
      details: { responseCode: 3, remark: ' request type 9005 not supported' },
    })
  }
  expect(lines.filter(([message]) => message === 'request code not supported')).toHaveLength(1)
})

test('a bug in a handler is answered as a system error and leaves the connection usable', async () => {
  const { address } = await server()
  const asking = client()
  await expect(asking.invoke(address, Broken, {})).rejects.toMatchObject({
    details: { responseCode: 1, remark: 'a bug' },
  })
  expect((await asking.invoke(address, Echo, { text: 'still here' })).header.text).toBe('still here')
})

test('a missing header field is answered with its name', async () => {
  const { address } = await server()
  const Bare = defineApi({ code: 9001, name: 'ECHO', request: {}, response: {} })
  await expect(client().invoke(address, Bare, {})).rejects.toMatchObject({
    details: { responseCode: 1, remark: 'ECHO needs the header field "text".' },
  })
})

test('a request that nobody answers times out with the address and the time', async () => {
  const { address } = await server()
  await expect(client().invoke(address, Never, {}, { timeoutMs: 50 })).rejects.toMatchObject({
    code: 'RMQ_REQUEST_TIMEOUT',
    details: { address, request: 'NEVER', timeoutMs: 50 },
  })
})

test('requests under way fail when the server goes, and a later one connects again', async () => {
  const first = await server()
  const asking = client()
  const pending = asking.invoke(first.address, Never, {}).catch((failure: unknown) => failure)
  await asking.invoke(first.address, Echo, { text: '' })
  await first.server[Symbol.asyncDispose]()
  expect(await pending).toMatchObject({ code: 'RMQ_CONNECTION_LOST' })
  await expect(asking.invoke(first.address, Echo, { text: '' })).rejects.toMatchObject({ code: 'RMQ_CONNECT_FAILED' })
  const second = await server({ listen: { host: '127.0.0.1', port: first.server.address.port } })
  expect((await asking.invoke(second.address, Echo, { text: 'again' })).header.text).toBe('again')
})

test('a server asks its clients on their own connection', async () => {
  const peers: Peer[] = []
  const { address } = await server({ onPeer: (peer) => peers.push(peer) })
  await client({ routes }).invoke(address, Echo, { text: '' })
  const answer = await peers[0]?.invoke(Echo, { text: 'who are you' })
  expect(answer?.header.text).toBe('who are you')
})

test('more unanswered requests than the limit are answered as overload', async () => {
  const { address } = await server({ limits: { inFlightMax: 2 } })
  const asking = client()
  const held = [1, 2].map(() => asking.invoke(address, Never, {}, { timeoutMs: 300 }).catch(() => undefined))
  await expect(asking.invoke(address, Echo, { text: '' })).rejects.toMatchObject({ details: { responseCode: 2 } })
  await Promise.all(held)
})

test('a port in use is named', async () => {
  const { address, server: opened } = await server()
  await expect(server({ listen: opened.address })).rejects.toMatchObject({
    code: 'RMQ_PORT_IN_USE',
    message: `Port ${address} is already in use. Stop the program that has it, or choose another port.`,
  })
})

test('peers that break the protocol, or say nothing, disturb nobody', async () => {
  const { server: opened, address } = await server()
  const asking = client()
  const silent = Array.from({ length: 1000 }, () => connect(opened.address.port, '127.0.0.1'))
  await Promise.all(silent.map((socket) => new Promise((resolve) => socket.once('connect', resolve))))
  const hostile = ['7fffffff', 'ffffffff00', '00000004ff000000', '000000ff', '0000000900000005', '16030100'].map(
    (hex) => {
      const socket = connect(opened.address.port, '127.0.0.1', () => socket.write(Buffer.from(hex, 'hex')))
      socket.on('error', () => undefined).resume()
      return socket
    },
  )
  for (let round = 0; round < 20; round++) {
    expect((await asking.invoke(address, Echo, { text: `${round}` })).header.text).toBe(`${round}`)
    await wait(5)
  }
  // Four of the six are refused at once; the two truncated frames wait for their rest.
  expect(hostile.map((socket) => socket.destroyed || socket.readableEnded)).toEqual([
    true,
    true,
    true,
    false,
    false,
    true,
  ])
  for (const socket of [...silent, ...hostile]) socket.destroy()
})

test('a connection that is silent for the idle time is closed', async () => {
  const { server: opened } = await server({ limits: { idleMs: 200 } })
  const socket = connect(opened.address.port, '127.0.0.1')
  await new Promise((resolve) => socket.once('close', resolve).resume())
  expect(socket.destroyed).toBe(true)
  expect(DEFAULT_LIMITS.idleMs).toBe(120_000)
})

function listLogger(lines: [string, LogFields | undefined][]): Logger {
  const add = (message: string, fields?: LogFields): void => {
    lines.push([message, fields])
  }
  const logger: Logger = { debug: add, info: add, warn: add, error: add, child: () => logger }
  return logger
}
