// Hot path: every reply to a send has such an id.
const ZEROS = '0000000000000000'

/** The offset id of a record: the broker's address (`prefix`) and the record's log position, hexadecimal. */
export function offsetId(prefix: string, physicalOffset: number): string {
  const digits = physicalOffset.toString(16).toUpperCase()
  return prefix + ZEROS.slice(digits.length) + digits
}
