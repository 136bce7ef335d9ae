import type { Logger } from '../base/log/index.ts'
import type { Network } from '../base/network/index.ts'
import type { Clock } from '../base/time/index.ts'

/** What {@link openAdmin} is given. */
export interface AdminOptions {
  /** `host:port`, several separated by `;` or `,`. */
  readonly nameServer: string
  /** How long a server may take to answer a request, ms. Default 5000, as Apache's `DefaultMQAdminExt`. */
  readonly timeoutMs?: number | undefined
  readonly network?: Network
  readonly clock?: Clock
  readonly logger?: Logger
}

/** Default of {@link AdminOptions.timeoutMs}. */
export const TIMEOUT_MS = 5000

/** How long the relay of a request to a consumer may take; the broker itself waits 10 s. */
export const RELAY_TIMEOUT_MS = 12_000

/**
 * Where something is to be done: at one broker by its address (`host:port`), or at all masters of a cluster by its
 * name.
 */
export type AdminTarget = { readonly broker: string } | { readonly cluster: string }
