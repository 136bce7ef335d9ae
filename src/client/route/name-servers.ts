import { codeOf, textOf } from '../../base/errors/index.ts'
import type { Random } from '../../base/random/index.ts'
import {
  GetRoute,
  RESPONSE_CODE,
  type RemotingClient,
  type RouteData,
  remotingErrors,
  routeBody,
} from '../../remoting/index.ts'
import { clientErrors } from '../errors.ts'

/**
 * The name servers of a client: the one that answers is kept, the next is taken when it does not. Apache:
 * `NettyRemotingClient.getAndCreateNameserverChannel`.
 */
export class NameServers {
  readonly addresses: readonly string[]
  readonly #remoting: RemotingClient
  readonly #timeoutMs: number
  #current: number

  constructor(remoting: RemotingClient, addresses: readonly string[], timeoutMs: number, random: Random) {
    this.addresses = addresses
    this.#remoting = remoting
    this.#timeoutMs = timeoutMs
    this.#current = random.below(addresses.length)
  }

  /** All addresses, `;` between them. */
  get text(): string {
    return this.addresses.join(';')
  }

  /**
   * The route of a topic; `undefined` when no broker has it.
   * @throws RMQ_NAME_SERVERS_UNREACHABLE  none answers
   * @throws RMQ_REFUSED  one answers with anything but a route or TOPIC_NOT_EXIST
   */
  async route(topic: string): Promise<RouteData | undefined> {
    const reasons: string[] = []
    for (let attempt = 0; attempt < this.addresses.length; attempt++) {
      const address = this.addresses[this.#current] as string
      try {
        return await this.#ask(address, topic)
      } catch (failure) {
        if (codeOf(failure) === 'RMQ_REFUSED' || codeOf(failure) === 'RMQ_CLIENT_CLOSED') throw failure
        reasons.push(textOf(failure))
        this.#current = (this.#current + 1) % this.addresses.length
      }
    }
    throw clientErrors.RMQ_NAME_SERVERS_UNREACHABLE({ nameServers: this.text, reason: reasons.join(' ') })
  }

  async #ask(address: string, topic: string): Promise<RouteData | undefined> {
    const answer = await this.#remoting.invoke(
      address,
      GetRoute,
      { topic, acceptStandardJsonOnly: true },
      { timeoutMs: this.#timeoutMs, accept: ANSWERS },
    )
    if (answer.code === RESPONSE_CODE.TOPIC_NOT_EXIST) return undefined
    if (answer.body.length > 0) return routeBody.decode(answer.body)
    throw remotingErrors.RMQ_BODY_MALFORMED({ what: 'a topic route', reason: 'it is empty' })
  }
}

const ANSWERS = [RESPONSE_CODE.SUCCESS, RESPONSE_CODE.TOPIC_NOT_EXIST]
