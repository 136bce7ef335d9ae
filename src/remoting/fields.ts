// Hot path: header tables are compiled once into readers and writers of fixed shape.
import { remotingErrors } from './errors.ts'

type Kind = 'str' | 'int32' | 'int64' | 'bool'

/** One header field: its type, whether it may be absent, its name on the wire when that differs. */
export interface Field<Value> {
  readonly kind: Kind
  readonly optional: boolean
  readonly wire: string | undefined
  /** Never set: carries the type. */
  readonly value?: Value
}

/** A header table. */
export type Fields = Readonly<Record<string, Field<unknown>>>

type OptionalKeys<Table extends Fields> = {
  [Key in keyof Table]: undefined extends Table[Key]['value']
    ? Table[Key] extends Field<infer Value>
      ? undefined extends Value
        ? Key
        : never
      : never
    : never
}[keyof Table]

type ValueOf<One> = One extends Field<infer Value> ? Value : never

/** The object a header table stands for: readonly, optional where optional. */
export type HeaderOf<Table extends Fields> = {
  readonly [Key in Exclude<keyof Table, OptionalKeys<Table>>]: ValueOf<Table[Key]>
} & {
  readonly [Key in OptionalKeys<Table>]?: ValueOf<Table[Key]>
}

/** A text. */
export const str: Field<string> = { kind: 'str', optional: false, wire: undefined }
/** A 32-bit integer. */
export const int32: Field<number> = { kind: 'int32', optional: false, wire: undefined }
/** A 64-bit integer as a number: exact up to ±2^53; Java's largest long is read as 2^63 and written back as itself. */
export const int64: Field<number> = { kind: 'int64', optional: false, wire: undefined }
/** `true` or `false`; as in Java everything that is not `true` is false. */
export const bool: Field<boolean> = { kind: 'bool', optional: false, wire: undefined }

/** The field may be absent. */
export function optional<Value>(field: Field<Value>): Field<Value | undefined> {
  return { kind: field.kind, optional: true, wire: field.wire }
}

/** The same table under other names on the wire: field → wire name. */
export function withWireNames<Table extends Fields>(
  table: Table,
  names: { readonly [Key in keyof Table]?: string },
): Table {
  return Object.fromEntries(
    Object.entries(table).map(([name, field]) => [name, { ...field, wire: names[name] ?? name }]),
  ) as unknown as Table
}

/** The texts of a header as they came. */
export type RawFields = Readonly<Record<string, string | undefined>>

/** Reads a header of one shape. */
export type FieldReader<Table extends Fields> = (raw: RawFields) => HeaderOf<Table>
/** Writes a header as the inside of a JSON object, without braces; `''` when it has no field. */
export type FieldWriter<Table extends Fields> = (header: HeaderOf<Table>) => string

/**
 * Compiles a table to a reader. Generated code sees nothing but the table's own names, which are constants of this
 * package.
 * @throws RMQ_FIELD_MISSING, RMQ_FIELD_ILLEGAL  when the reader meets such a header
 */
export function compileReader<Table extends Fields>(request: string, table: Table): FieldReader<Table> {
  const members = Object.entries(table).map(([name, field]) => {
    const key = JSON.stringify(name)
    const raw = `raw[${JSON.stringify(field.wire ?? name)}]`
    const absent = field.optional ? 'undefined' : `missing(${key})`
    const value = field.kind === 'str' ? raw : field.kind === 'bool' ? `bool(${raw})` : `${field.kind}(${raw}, ${key})`
    return `${key}: ${raw} === undefined ? ${absent} : ${value}`
  })
  const make = new Function('missing', 'bool', 'int32', 'int64', `return (raw) => ({ ${members.join(', ')} })`)
  const missing = (field: string): never => {
    throw remotingErrors.RMQ_FIELD_MISSING({ request, field })
  }
  const readBool = (text: string): boolean => text === 'true' || text.toLowerCase() === 'true'
  const readInt32 = (text: string, field: string): number => {
    const value = Number(text)
    if ((value | 0) === value && text !== '') return value
    throw remotingErrors.RMQ_FIELD_ILLEGAL({ request, field, value: text, expected: 'a 32-bit integer' })
  }
  const readInt64 = (text: string, field: string): number => {
    const value = Number(text)
    if (Number.isInteger(value) && text !== '') return value
    throw remotingErrors.RMQ_FIELD_ILLEGAL({ request, field, value: text, expected: 'a 64-bit integer' })
  }
  return make(missing, readBool, readInt32, readInt64) as FieldReader<Table>
}

/** Compiles a table to a writer; see {@link compileReader}. */
export function compileWriter<Table extends Fields>(table: Table): FieldWriter<Table> {
  const parts = Object.entries(table).map(([name, field]) => {
    const value = `header[${JSON.stringify(name)}]`
    const text =
      field.kind === 'str'
        ? `quote(${value})`
        : field.kind === 'int64'
          ? `'"' + long(${value}) + '"'`
          : `'"' + ${value} + '"'`
    const entry = `text += (text === '' ? '' : ',') + ${JSON.stringify(`${JSON.stringify(field.wire ?? name)}:`)} + ${text}`
    return `if (${value} !== undefined) ${entry}`
  })
  const make = new Function('quote', 'long', `return (header) => { let text = ''; ${parts.join('; ')}; return text }`)
  return make(quoteJson, longText) as FieldWriter<Table>
}

const PLAIN = /^[ !#-[\]-~]*$/

/** A JSON string; texts without anything to escape take a short way. */
export function quoteJson(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text)
}

function longText(value: number): string {
  if (value >= 2 ** 63) return '9223372036854775807'
  return value <= -(2 ** 63) ? '-9223372036854775808' : String(value)
}
