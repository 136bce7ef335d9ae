/** Limits of a connection and of the end that holds it. */
export interface RemotingLimits {
  /** Largest frame accepted, bytes. Apache: `com.rocketmq.remoting.frameMaxLength`. Default 16 MiB. */
  readonly frameBytesMax: number
  /** Requests of one peer that are not yet answered; more are answered SYSTEM_BUSY. Default 65536. */
  readonly inFlightMax: number
  /**
   * A connection on which nothing was received for so long is closed. Apache: `channelMaxIdleTimeSeconds`. Default
   * 120000.
   */
  readonly idleMs: number
  /** A peer that lets so many unsent bytes pile up is cut off. Default 256 MiB. */
  readonly pendingWriteBytesMax: number
  /** Connections a server holds; further ones are closed at once. Default 65536. */
  readonly connectionsMax: number
  /** How long opening a connection may take. Default 3000. */
  readonly connectTimeoutMs: number
}

/** Limits where none are given. */
export const DEFAULT_LIMITS: RemotingLimits = Object.freeze({
  frameBytesMax: 16 * 1024 * 1024,
  inFlightMax: 65_536,
  idleMs: 120_000,
  pendingWriteBytesMax: 256 * 1024 * 1024,
  connectionsMax: 65_536,
  connectTimeoutMs: 3000,
})
