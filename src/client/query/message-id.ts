import { hostText } from '../../message/index.ts'
import { clientErrors } from '../errors.ts'

/** Where a message lies. */
export interface MessagePlace {
  /** `host:port` of its broker. */
  readonly address: string
  /** Position in the broker's commit log. */
  readonly physicalOffset: number
}

/** Digits of an id with an IPv4 or an IPv6 address. */
const ID = /^(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{56})$/
const OFFSET_DIGITS = 16
const PORT_MAX = 65_535

/**
 * Reads an offset message id: address, port and commit log position in hexadecimal digits. Apache:
 * `MessageDecoder.decodeMessageId`.
 * @throws RMQ_MESSAGE_ID_ILLEGAL
 */
export function messagePlace(offsetMessageId: string): MessagePlace {
  if (ID.test(offsetMessageId)) {
    const host = Buffer.from(offsetMessageId.slice(0, -OFFSET_DIGITS), 'hex')
    const port = host.readInt32BE(host.length - 4)
    const physicalOffset = Number.parseInt(offsetMessageId.slice(-OFFSET_DIGITS), 16)
    // A unique id may look the same; its parts are rarely a port and a position.
    if (port > 0 && port <= PORT_MAX && Number.isSafeInteger(physicalOffset)) {
      return { address: hostText(host), physicalOffset }
    }
  }
  throw clientErrors.RMQ_MESSAGE_ID_ILLEGAL({ id: offsetMessageId })
}
