import { parseAddress } from './network.ts'

/** What was read from a list of addresses. */
export interface AddressList {
  /** Each once, in the order given; those that are none included. */
  readonly addresses: readonly string[]
  /** The first that is no `host:port`; `undefined` when all are. */
  readonly illegal: string | undefined
}

/**
 * Reads addresses as people write lists of name servers: in one text or several, separated by `;`, `,` or space, with
 * or without `http://` before them. Apache separates by `;` only.
 */
export function readAddressList(given: string | readonly string[]): AddressList {
  const texts = typeof given === 'string' ? [given] : given
  const written = texts
    .flatMap((text) => text.split(/[;,\s]+/))
    .map((text) => text.replace(/^https?:\/\//, ''))
    .filter((text) => text !== '')
  const addresses = [...new Set(written)]
  return { addresses, illegal: addresses.find((address) => parseAddress(address) === undefined) }
}
