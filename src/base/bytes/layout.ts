/** One field of a {@link Layout}. */
export interface LayoutField {
  /** What it is made of, as documentation says it: `int32`, `8 or 20 bytes`. */
  readonly type: string
  readonly bytes: number
  /** One sentence. */
  readonly meaning: string
}

/** What follows the fixed fields and has a length of its own. */
export interface LayoutTail {
  readonly name: string
  readonly type: string
  /** Its length as documentation says it: a number, or a letter explained elsewhere. */
  readonly length: string
  readonly meaning: string
}

/** How some bytes are to be read: the offset of every field for code, and what it means for readers. */
export interface Layout<Name extends string = string> {
  /** Offset of each field: plain numbers, for the hot path. */
  readonly at: { readonly [Key in Name]: number }
  /** Bytes of all fields, what has a length of its own apart. */
  readonly bytes: number
  readonly fields: readonly (LayoutField & { readonly name: Name; readonly offset: number })[]
  readonly tail: readonly LayoutTail[]
}

/** Declares fields that follow one another without gaps, in the order given, and what comes behind them. */
export function defineLayout<Name extends string>(
  fields: { readonly [Key in Name]: LayoutField },
  tail: readonly LayoutTail[] = [],
): Layout<Name> {
  const at: Partial<Record<Name, number>> = {}
  const placed: (LayoutField & { readonly name: Name; readonly offset: number })[] = []
  let bytes = 0
  for (const [name, field] of Object.entries(fields) as [Name, LayoutField][]) {
    at[name] = bytes
    placed.push({ ...field, name, offset: bytes })
    bytes += field.bytes
  }
  return Object.freeze({ at: Object.freeze(at) as Record<Name, number>, bytes, fields: placed, tail })
}

/** Fields of a layout; all numbers are signed and big-endian. */
export const field = {
  int16: (meaning: string): LayoutField => ({ type: 'int16', bytes: 2, meaning }),
  int32: (meaning: string): LayoutField => ({ type: 'int32', bytes: 4, meaning }),
  int64: (meaning: string): LayoutField => ({ type: 'int64', bytes: 8, meaning }),
  /** `type` is how documentation calls them. */
  bytes: (bytes: number, type: string, meaning: string): LayoutField => ({ type, bytes, meaning }),
} as const
