import type { Logger } from '../../base/log/index.ts'
import type { Clock, Timer } from '../../base/time/index.ts'
import type { ConsumerGroups } from './consumer-groups.ts'
import type { ProducerGroups } from './producer-groups.ts'

/** How often silent clients are looked for. Apache: `ClientHousekeepingService`. */
const SCAN_MS = 10_000

/** Closes connections of clients that sent no heartbeat for `timeoutMs`; leaving their groups follows from that. */
export function dropSilentClients(
  consumers: ConsumerGroups,
  producers: ProducerGroups,
  timeoutMs: number,
  clock: Clock,
  logger: Logger,
): Timer {
  return clock.setInterval(
    () => {
      const sinceMs = clock.now() - timeoutMs
      for (const peer of [...consumers.silentPeers(sinceMs), ...producers.silentPeers(sinceMs)]) {
        if (peer.closed) continue
        logger.warn('client dropped: no heartbeat', { peer: peer.address, timeoutMs })
        peer.destroy(`no heartbeat for ${timeoutMs} ms`)
      }
    },
    SCAN_MS,
    { background: true },
  )
}
