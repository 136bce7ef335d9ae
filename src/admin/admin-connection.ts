import { codeOf } from '../base/errors/index.ts'
import { parseAddress, readAddressList } from '../base/network/index.ts'
import { systemClock } from '../base/time/index.ts'
import {
  type Answer,
  type Api,
  type Fields,
  type HeaderOf,
  type InvokeOptions,
  RemotingClient,
  type RequestOf,
} from '../remoting/index.ts'
import { type AdminOptions, TIMEOUT_MS } from './config.ts'
import { adminErrors } from './errors.ts'

/** An answer and who gave it. */
export interface AnswerFrom<Header> {
  readonly address: string
  readonly answer: Answer<Header>
}

/** Failures after which another name server is asked. */
const UNREACHABLE: readonly string[] = ['RMQ_CONNECT_FAILED', 'RMQ_CONNECTION_LOST', 'RMQ_REQUEST_TIMEOUT']

/** Asks brokers by address, and name servers by turns or all of them. */
export class AdminConnection implements AsyncDisposable {
  readonly nameServers: readonly string[]
  readonly #client: RemotingClient
  readonly #timeoutMs: number
  readonly #clock: NonNullable<AdminOptions['clock']>

  /** @throws RMQ_ADMIN_ADDRESS */
  constructor(options: AdminOptions) {
    const { nameServer, timeoutMs = TIMEOUT_MS, network, clock = systemClock, logger } = options
    const { addresses, illegal } = readAddressList(nameServer)
    if (addresses.length === 0 || illegal !== undefined)
      throw adminErrors.RMQ_ADMIN_ADDRESS({ value: illegal ?? nameServer })
    this.nameServers = addresses
    this.#timeoutMs = timeoutMs
    this.#clock = clock
    this.#client = new RemotingClient({
      clock,
      ...(network === undefined ? {} : { network }),
      ...(logger === undefined ? {} : { logger }),
    })
  }

  /** Epoch ms. */
  now(): number {
    return this.#clock.now()
  }

  /**
   * Asks one server.
   * @throws RMQ_ADMIN_ADDRESS, RMQ_REFUSED, RMQ_CONNECT_FAILED, RMQ_CONNECTION_LOST, RMQ_REQUEST_TIMEOUT
   */
  ask<Request extends Fields, Response extends Fields>(
    address: string,
    api: Api<Request, Response>,
    header: RequestOf<Api<Request, Response>>,
    options: InvokeOptions = {},
  ): Promise<Answer<HeaderOf<Response>>> {
    checkAddress(address)
    return this.#client.invoke(address, api, header as HeaderOf<Request>, { timeoutMs: this.#timeoutMs, ...options })
  }

  /** Asks the name servers one after the other until one answers; throws what the last one failed with. */
  async askNameServer<Request extends Fields, Response extends Fields>(
    api: Api<Request, Response>,
    header: RequestOf<Api<Request, Response>>,
    options: InvokeOptions = {},
  ): Promise<Answer<HeaderOf<Response>>> {
    let failure: unknown
    for (const address of this.nameServers) {
      try {
        return await this.ask(address, api, header, options)
      } catch (cause) {
        if (!UNREACHABLE.includes(codeOf(cause) ?? '')) throw cause
        failure = cause
      }
    }
    throw failure
  }

  /** Asks every name server; throws what the first one failed with. */
  askNameServers<Request extends Fields, Response extends Fields>(
    api: Api<Request, Response>,
    header: RequestOf<Api<Request, Response>>,
    options: InvokeOptions = {},
  ): Promise<AnswerFrom<HeaderOf<Response>>[]> {
    return Promise.all(
      this.nameServers.map(async (address) => ({ address, answer: await this.ask(address, api, header, options) })),
    )
  }

  /** Closes all connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]()
  }
}

function checkAddress(address: string): void {
  if (parseAddress(address) === undefined) throw adminErrors.RMQ_ADMIN_ADDRESS({ value: address })
}
