// Hot path: reads properties where they lie, for every record that a filtered pull looks at.
import { recordPropertiesAt } from '../message/index.ts'

const NAME_END = 1
const ENTRY_END = 2
/** A name, the separator, a value. */
const ENTRY_BYTES_MIN = 3

/** Reads some properties of stored records without decoding the others. */
export class RecordProperties {
  readonly #names: readonly Buffer[]
  readonly #values: (string | undefined)[]

  constructor(names: readonly string[]) {
    this.#names = names.map((name) => Buffer.from(name))
    this.#values = names.map(() => undefined)
  }

  /**
   * The values of the record of `size` bytes at `at`, in the order of the names, `undefined` for those it has not. Of a
   * repeated name the last counts. The same array every time. Apache: `MessageDecoder.decodeProperties`.
   */
  read(bytes: Buffer, at: number, size: number): readonly (string | undefined)[] {
    const values = this.#values
    values.fill(undefined)
    const end = at + size
    let start = recordPropertiesAt(bytes, at)
    while (start < end) {
      let middle = -1
      let next = start
      for (; next < end; next++) {
        const unit = bytes[next]
        if (unit === ENTRY_END) break
        if (unit === NAME_END && middle === -1) middle = next
      }
      if (next - start >= ENTRY_BYTES_MIN && middle > start && middle < next - 1) this.#take(bytes, start, middle, next)
      start = next + 1
    }
    return values
  }

  #take(bytes: Buffer, start: number, middle: number, end: number): void {
    const names = this.#names
    for (let index = 0; index < names.length; index++) {
      if (!isNamed(bytes, start, middle, names[index] as Buffer)) continue
      this.#values[index] = bytes.toString('utf8', middle + 1, end)
      return
    }
  }
}

function isNamed(bytes: Buffer, start: number, end: number, name: Buffer): boolean {
  if (end - start !== name.length) return false
  for (let at = 0; at < name.length; at++) if (bytes[start + at] !== name[at]) return false
  return true
}
