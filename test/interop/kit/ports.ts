import { createServer } from 'node:net'

/** A loopback port that is free now. */
export async function freePort(): Promise<number> {
  return reserve(0)
}

/**
 * A port P such that P - 2, P and P + 1 are free: an Apache broker listens on all three
 * (fast remoting, remoting, high availability).
 */
export async function freeBrokerPort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = await reserve(0)
    if (port < 1026 || port > 65_534) continue
    const neighbours = await Promise.allSettled([reserve(port - 2), reserve(port), reserve(port + 1)])
    if (neighbours.every((result) => result.status === 'fulfilled')) return port
  }
  throw new Error('No three free ports P - 2, P, P + 1 found in 100 attempts.')
}

function reserve(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    // All addresses, because that is what an Apache server will ask for.
    server.listen(port, () => {
      const address = server.address()
      server.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('No port was given.'))
        else resolve(address.port)
      })
    })
  })
}
