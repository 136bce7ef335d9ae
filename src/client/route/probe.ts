import { GetClusterInfo, RemotingClient } from '../../remoting/index.ts'

/** Whether a name server answers at `address` (`host:port`) within `timeoutMs`. Never rejects. */
export async function isNameServer(address: string, timeoutMs: number): Promise<boolean> {
  const client = new RemotingClient({ limits: { connectTimeoutMs: timeoutMs } })
  try {
    await client.invoke(address, GetClusterInfo, {}, { timeoutMs })
    return true
  } catch {
    // Nothing there, or something else: either way no name server.
    return false
  } finally {
    await client[Symbol.asyncDispose]()
  }
}
