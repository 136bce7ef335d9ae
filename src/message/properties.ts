// Hot path: every message's properties pass here once on each side.

const NAME_END = '\u0001'
const ENTRY_END = '\u0002'

/** Writes properties as one string, closing separator included. Apache: `MessageDecoder.messageProperties2String`. */
export function encodeProperties(properties: Readonly<Record<string, string>>): string {
  let text = ''
  for (const name in properties) {
    const value = properties[name]
    if (value !== undefined && value !== '') text += name + NAME_END + value + ENTRY_END
  }
  return text
}

/**
 * Reads a properties string. The closing separator may be missing; a part shorter than 3 characters, or with an empty
 * name or value, is dropped; of a repeated name the last wins. Apache: `MessageDecoder.string2messageProperties`.
 */
export function decodeProperties(text: string): Record<string, string> {
  const properties: Record<string, string> = {}
  let start = 0
  while (start < text.length) {
    let end = text.indexOf(ENTRY_END, start)
    if (end === -1) end = text.length
    if (end - start >= 3) {
      const middle = text.indexOf(NAME_END, start)
      if (middle > start && middle < end - 1) {
        const name = text.slice(start, middle)
        const value = text.slice(middle + 1, end)
        if (name === '__proto__') setOwn(properties, name, value)
        else properties[name] = value
      }
    }
    start = end + 1
  }
  return properties
}

/** The one name that an assignment does not make a member of. */
function setOwn(properties: Record<string, string>, name: string, value: string): void {
  Object.defineProperty(properties, name, { value, configurable: true, enumerable: true, writable: true })
}

/**
 * The value of one property as {@link decodeProperties} would have it, without decoding the others; `undefined` if
 * absent.
 */
export function findProperty(text: string, name: string): string | undefined {
  const needle = name + NAME_END
  let at = text.lastIndexOf(needle)
  while (at !== -1) {
    if (at === 0 || text[at - 1] === ENTRY_END) {
      const start = at + needle.length
      const end = text.indexOf(ENTRY_END, start)
      if (end !== start && start < text.length) return end === -1 ? text.slice(start) : text.slice(start, end)
    }
    at = at === 0 ? -1 : text.lastIndexOf(needle, at - 1)
  }
  return undefined
}

/** Adds entries to a properties string, inserting the separator that old clients leave out at the end. */
export function appendProperties(text: string, more: string): string {
  return text === '' || text.endsWith(ENTRY_END) ? text + more : text + ENTRY_END + more
}

/** One entry, for {@link appendProperties}. */
export function propertyEntry(name: string, value: string): string {
  return name + NAME_END + value + ENTRY_END
}

/** Whether a name or value would break the string form. */
export function hasSeparator(text: string): boolean {
  return text.includes(NAME_END) || text.includes(ENTRY_END)
}
