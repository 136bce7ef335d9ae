/** Nesting above which a text is refused: far more than any real one has. */
const DEPTH_MAX = 64

/**
 * Reads JSON as Java's fastjson writes it: standard JSON, and also maps whose keys are bare integers (`{0:"a"}`) or
 * objects (`{{"queueId":0}:1}`; the key becomes its JSON text). Throws what `malformed` makes of the reason, which
 * names the place.
 */
export function parseJavaJson(text: string, malformed: (reason: string) => Error): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not standard JSON: the tolerant reader below has the last word, with a position when it fails too.
    return new JavaJson(text, malformed).read()
  }
}

class JavaJson {
  readonly #text: string
  readonly #malformedText: (reason: string) => Error
  #at = 0
  #depth = 0

  constructor(text: string, malformed: (reason: string) => Error) {
    this.#text = text
    this.#malformedText = malformed
  }

  read(): unknown {
    const value = this.#value()
    this.#blanks()
    if (this.#at < this.#text.length) throw this.#malformed('something follows its end')
    return value
  }

  #value(): unknown {
    this.#blanks()
    const start = this.#text[this.#at]
    if (start === '{') return this.#object()
    if (start === '[') return this.#array()
    return this.#scalar()
  }

  #object(): Record<string, unknown> {
    const object: Record<string, unknown> = {}
    this.#enter()
    for (let isFirst = true; !this.#took('}'); isFirst = false) {
      if (!isFirst) this.#expect(',')
      this.#blanks()
      const key = this.#value()
      this.#expect(':')
      const value = this.#value()
      const name = typeof key === 'object' ? JSON.stringify(key) : String(key)
      Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true })
    }
    this.#depth--
    return object
  }

  #array(): unknown[] {
    const items: unknown[] = []
    this.#enter()
    while (!this.#took(']')) {
      if (items.length > 0) this.#expect(',')
      items.push(this.#value())
    }
    this.#depth--
    return items
  }

  #scalar(): unknown {
    const found = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y
    found.lastIndex = this.#at
    const match = found.exec(this.#text)
    if (match === null) throw this.#malformed('a value is missing or not JSON')
    this.#at = found.lastIndex
    try {
      return JSON.parse(match[0])
    } catch {
      throw this.#malformed('a value is not JSON')
    }
  }

  #enter(): void {
    this.#at++
    this.#depth++
    if (this.#depth > DEPTH_MAX) throw this.#malformed(`it is nested deeper than ${DEPTH_MAX}`)
  }

  #took(character: string): boolean {
    this.#blanks()
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  #expect(character: string): void {
    if (!this.#took(character)) throw this.#malformed(`"${character}" is missing`)
  }

  #blanks(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++
  }

  #malformed(reason: string): Error {
    return this.#malformedText(`${reason} (at character ${this.#at})`)
  }
}
