import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/**
 * Servers listen below the ports that systems give to outgoing connections (Linux from 32 768 on): a JVM binds seconds
 * after its port was chosen, and until then any connection of the machine could have been given the same.
 */
const PORTS = { from: 10_000, below: 32_000 }

/** A loopback port that is free now. */
export async function freePort(): Promise<number> {
  return firstFree((port) => [port])
}

/**
 * A port P such that P - 2, P and P + 1 are free: an Apache broker listens on all three
 * (fast remoting, remoting, high availability).
 */
export async function freeBrokerPort(): Promise<number> {
  return firstFree((port) => [port - 2, port, port + 1])
}

async function firstFree(neededFor: (port: number) => readonly number[]): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(PORTS.from, PORTS.below)
    const results = await Promise.allSettled(neededFor(port).map(reserve))
    if (results.every((result) => result.status === 'fulfilled')) return port
  }
  throw new Error(`No free port between ${PORTS.from} and ${PORTS.below} found in 100 attempts.`)
}

/** Listens for a moment, on all addresses, because that is what an Apache server will ask for. */
function reserve(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(port, () => server.close(() => resolve()))
  })
}
