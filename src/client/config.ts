import { homedir } from 'node:os'
import { join } from 'node:path'
import { type Files, nodeFiles } from '../base/files/index.ts'
import { type Logger, silentLogger } from '../base/log/index.ts'
import { localAddress, type Network, readAddressList } from '../base/network/index.ts'
import { type Random, systemRandom } from '../base/random/index.ts'
import { type Clock, systemClock } from '../base/time/index.ts'
import type { RemotingLimits } from '../remoting/index.ts'
import { clientErrors } from './errors.ts'
import { type TraceOptions, type TraceSettings, traceSettings } from './trace/options.ts'

/** Settings of a client. Apache: `ClientConfig`. */
export interface ClientConfig {
  /** Name servers: `host:port;host:port`, or one text each. */
  readonly nameServer: string | readonly string[]
  /** First part of the client id; default this machine's address. */
  readonly clientIp?: string | undefined
  /**
   * Second part of the client id; clients with the same one must not live at the same time. Default: unique. Programs
   * that broadcast on one machine need one each that stays the same: their offsets are kept under it, under `DEFAULT`
   * without it.
   */
  readonly instanceName?: string | undefined
  /** Third part of the client id; default none. */
  readonly unitName?: string | undefined
  /** How often the routes of all topics in use are asked for again. Default 30000. */
  readonly pollNameServerMs?: number | undefined
  /** How often brokers are told that this client lives. Default 30000; brokers forget a client after 120000. */
  readonly heartbeatMs?: number | undefined
  /** How often consumers record their progress at the brokers. Default 5000. */
  readonly persistOffsetsMs?: number | undefined
  /**
   * Where broadcast consumers keep their offsets, as `<client>/<group>/offsets.json`. Default `~/.rocketmq_offsets`,
   * where Java's clients keep theirs. Apache: `rocketmq.client.localOffsetStoreDir`.
   */
  readonly offsetsDirectory?: string | undefined
  /** How long name servers and brokers may take to answer; sending and pulling have their own. Default 3000. */
  readonly requestTimeoutMs?: number | undefined
  /**
   * Whether each send and each delivery is recorded in the trace topic, unless a producer or consumer says otherwise.
   * Default false. What cannot be recorded is lost; sending and receiving are not affected.
   */
  readonly trace?: boolean | TraceOptions | undefined
  /** Limits of connections. */
  readonly limits?: Partial<RemotingLimits> | undefined
  /** Default: silent. */
  readonly logger?: Logger | undefined
  readonly clock?: Clock | undefined
  readonly random?: Random | undefined
  readonly network?: Network | undefined
  readonly files?: Files | undefined
}

/** What every part of a client may use. */
export interface Ports {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** The settings with their defaults. */
export interface ClientSettings extends Ports {
  readonly nameServers: readonly string[]
  readonly clientId: string
  readonly pollNameServerMs: number
  readonly heartbeatMs: number
  readonly persistOffsetsMs: number
  readonly requestTimeoutMs: number
  /** Where broadcast consumers keep their offsets, and under which name. */
  readonly localOffsets: { readonly directory: string; readonly clientName: string; readonly files: Files }
  readonly trace: TraceSettings | undefined
}

/** @throws RMQ_NAME_SERVER_ADDRESS, RMQ_OPTION_ILLEGAL, RMQ_TOPIC_ILLEGAL, RMQ_TOPIC_NOT_SENDABLE */
export function clientSettings(config: ClientConfig): ClientSettings {
  const random = config.random ?? systemRandom
  const clientIp = config.clientIp ?? localAddress()
  const instanceName = config.instanceName ?? `${process.pid}#${random.below(0x7fff_ffff)}`
  const idWith = (instance: string): string =>
    [clientIp, instance, config.unitName].filter((part) => part !== undefined && part !== '').join('@')
  return {
    nameServers: nameServerList(config.nameServer),
    clientId: idWith(instanceName),
    pollNameServerMs: inRange('pollNameServerMs', config.pollNameServerMs, 30_000, 10, MS_MAX),
    heartbeatMs: inRange('heartbeatMs', config.heartbeatMs, 30_000, 10, MS_MAX),
    persistOffsetsMs: inRange('persistOffsetsMs', config.persistOffsetsMs, 5000, 10, MS_MAX),
    requestTimeoutMs: inRange('requestTimeoutMs', config.requestTimeoutMs, 3000, 1, MS_MAX),
    localOffsets: {
      directory: config.offsetsDirectory ?? join(homedir(), '.rocketmq_offsets'),
      // As Java's: the same after a restart.
      clientName: idWith(config.instanceName ?? 'DEFAULT'),
      files: config.files ?? nodeFiles,
    },
    trace: traceSettings(config.trace),
    clock: config.clock ?? systemClock,
    random,
    logger: config.logger ?? silentLogger,
  }
}

/** Longest time that a timer can wait. */
export const MS_MAX = 0x7fff_ffff

/**
 * A whole number within bounds, or the default.
 * @throws RMQ_OPTION_ILLEGAL
 */
export function inRange(
  option: string,
  value: number | undefined,
  byDefault: number,
  minimum: number,
  maximum: number,
): number {
  if (value === undefined) return byDefault
  if (Number.isInteger(value) && value >= minimum && value <= maximum) return value
  const expected = `a whole number from ${minimum} to ${maximum}`
  throw clientErrors.RMQ_OPTION_ILLEGAL({ option, value: String(value), expected })
}

function nameServerList(given: string | readonly string[]): readonly string[] {
  const { addresses, illegal } = readAddressList(given)
  if (addresses.length > 0 && illegal === undefined) return addresses
  throw clientErrors.RMQ_NAME_SERVER_ADDRESS({ given: typeof given === 'string' ? given : given.join(';') })
}
