import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** What a name server answers to GET_BROKER_CLUSTER_INFO. */
export interface ClusterInfo {
  readonly brokerAddrTable: Readonly<Record<string, { readonly brokerAddrs: Readonly<Record<string, string>> }>>
  readonly clusterAddrTable: Readonly<Record<string, readonly string[]>>
}

const GET_BROKER_CLUSTER_INFO = 106

/** Asks a name server for its brokers: one frame by hand, so that no client of either side is judged by itself. */
export function clusterInfo(namesrvAddress: string, timeoutMs = 1000): Promise<ClusterInfo> {
  return new Promise((resolve, reject) => {
    const socket = connect(portOf(namesrvAddress), hostOf(namesrvAddress))
    let received = Buffer.alloc(0)
    socket.setTimeout(timeoutMs, () =>
      socket.destroy(new Error(`${namesrvAddress} did not answer in ${timeoutMs} ms.`)),
    )
    socket.on('error', reject)
    socket.on('close', () => reject(new Error(`${namesrvAddress} closed the connection without an answer.`)))
    socket.on('connect', () => {
      const request = { code: GET_BROKER_CLUSTER_INFO, language: 'JAVA', version: 0, opaque: 1, flag: 0 }
      const header = Buffer.from(JSON.stringify({ ...request, serializeTypeCurrentRPC: 'JSON' }))
      const lengths = Buffer.alloc(8)
      lengths.writeInt32BE(4 + header.length, 0)
      lengths.writeInt32BE(header.length, 4)
      socket.write(Buffer.concat([lengths, header]))
    })
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      if (received.length < 8 || received.length < 4 + received.readInt32BE(0)) return
      const bodyAt = 8 + (received.readInt32BE(4) & 0xffffff)
      const body = received.subarray(bodyAt, 4 + received.readInt32BE(0)).toString()
      socket.destroy()
      // Apache writes integer keys without quotes: {"brokerAddrs":{0:"host:port"}}.
      if (body === '') reject(new Error(`${namesrvAddress} answered without a body.`))
      else resolve(JSON.parse(body.replace(/([{,])(\d+):/g, '$1"$2":')) as ClusterInfo)
    })
  })
}

function canConnect(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(portOf(address), hostOf(address))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** Resolves when the name server lists the broker and the broker's own port accepts. Polls every 10 ms. */
export async function untilServing(
  namesrvAddress: string,
  broker: { readonly name: string; readonly address: string },
  signal?: AbortSignal,
): Promise<void> {
  await poll(async () => {
    const info = await clusterInfo(namesrvAddress).catch(() => undefined)
    const addresses = Object.values(info?.brokerAddrTable?.[broker.name]?.brokerAddrs ?? {})
    return addresses.includes(broker.address) && (await canConnect(broker.address))
  }, signal)
}

/** Resolves when something listens at the address. */
export async function untilListening(address: string, signal?: AbortSignal): Promise<void> {
  await poll(() => canConnect(address), signal)
}

async function poll(happened: () => Promise<boolean>, signal?: AbortSignal): Promise<void> {
  while (!(await happened())) {
    signal?.throwIfAborted()
    await sleep(10)
  }
}

function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':'))
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1))
}
