import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseAddress } from '../../src/base/network/index.ts'
import type { Client } from '../../src/client/index.ts'
import { type Cluster, freshName, startCluster, testClient } from '../kit/cluster.ts'

let cluster: Cluster
const sockets: Socket[] = []
beforeAll(async () => {
  cluster = await startCluster()
})
afterAll(async () => {
  for (const socket of sockets) socket.destroy()
  await cluster[Symbol.asyncDispose]()
})

/** A raw connection; resolves when it is open. */
function open(address: string): Promise<Socket> {
  const target = parseAddress(address)
  if (target === undefined) throw new Error(address)
  const socket = connect(target.port, target.host)
  sockets.push(socket)
  socket.on('error', () => undefined).resume()
  return new Promise((resolve) => socket.once('connect', () => resolve(socket)))
}

async function brokerAddress(client: Client, topic: string): Promise<string> {
  const address = (await client.route(topic))?.data.brokerDatas[0]?.brokerAddrs['0']
  if (address === undefined) throw new Error(`no broker of ${topic}`)
  return address
}

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex')
const frame = (header: string): Buffer => {
  const text = Buffer.from(header)
  const prefix = Buffer.alloc(8)
  prefix.writeInt32BE(4 + text.length, 0)
  prefix.writeInt32BE(text.length, 4)
  return Buffer.concat([prefix, text])
}

const HOSTILE: readonly [what: string, bytes: Buffer][] = [
  ['a frame over the limit', bytes('7fffffff')],
  ['a negative length', bytes('ffffffff 00')],
  ['a header longer than its frame', bytes('00000008 00ffffff 00000000')],
  ['an unknown serialization', bytes('00000004 09000000')],
  ['a truncated frame', bytes('00000400 00000100 7b')],
  ['a TLS greeting', bytes('16030100 a5')],
  ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ['a header that is no JSON', frame('{"code":')],
  ['a header without a code', frame('{"opaque":1}')],
  [
    'a send without its fields',
    frame('{"code":310,"opaque":1,"flag":0,"language":"JAVA","version":479,"extFields":{}}'),
  ],
  [
    'a pull with absurd numbers',
    frame('{"code":11,"opaque":2,"flag":0,"version":479,"extFields":{"queueId":"1e99","topic":"T"}}'),
  ],
  ['a heartbeat without a body', frame('{"code":34,"opaque":3,"flag":0,"version":479}')],
  ['an unknown request', frame('{"code":31337,"opaque":4,"flag":0,"version":479}')],
]

test('hostile peers at broker and name server, and 1,000 silent ones, disturb nobody', async () => {
  const topic = freshName('Hostile')
  const client = await testClient(cluster)
  const producer = await client.producer({ group: freshName('P') })
  await producer.send({ topic, body: Buffer.from('first') })
  const broker = await brokerAddress(client, topic)
  const received: string[] = []
  await client.pushConsumer({
    group: freshName('C'),
    subscriptions: [{ topic }],
    listener: (message) => {
      received.push(message.body.toString())
    },
  })
  await Promise.all(Array.from({ length: 500 }, () => Promise.all([open(broker), open(cluster.nameServer)])))

  const sent = ['first']
  for (const [what, attack] of HOSTILE) {
    for (const address of [broker, cluster.nameServer]) (await open(address)).write(attack)
    await producer.send({ topic, body: Buffer.from(what) })
    sent.push(what)
  }
  await expect.poll(() => received.toSorted(), { timeout: 10_000 }).toEqual(sent.toSorted())
})

test.each(HOSTILE.slice(0, 4))('%s costs the connection at once', async (_, attack) => {
  const client = await testClient(cluster)
  const producer = await client.producer({ group: freshName('P') })
  const topic = freshName('Cost')
  await producer.send({ topic, body: Buffer.from('x') })
  const socket = await open(await brokerAddress(client, topic))
  const closed = new Promise((resolve) => socket.once('close', () => resolve('closed')))
  socket.write(attack)
  expect(await closed).toBe('closed')
})
