import fc from 'fast-check'

/** Names that the properties below may have, one that none has, and names that only look like keywords. */
const NAMES = ['a', 'b', 's', 'd', 't', 'price', '_x', '$y', 'TAGS', 'isnt', 'missing', 'A']

const name = fc.constantFrom(...NAMES)
const text = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('abc', 'ab', 'b', '7', '1.5', 'true', '', "it''s", 'a b', 'ünï', '5') },
  { weight: 1, arbitrary: fc.string({ maxLength: 6 }).map((one) => one.replaceAll("'", "''")) },
)
const string = fc.oneof(
  { weight: 60, arbitrary: text.map((value) => `'${value}'`) },
  // Strings without an end.
  { weight: 1, arbitrary: fc.constantFrom("'it''", "'a''b''", "''''c", "'") },
)
const integer = fc.oneof(
  fc.integer({ min: 0, max: 20 }).map(String),
  fc.constantFrom(
    '2147483647',
    '2147483648',
    '4294967296L',
    '7l',
    '9007199254740993',
    '9223372036854775807',
    '9223372036854775808',
    '007',
    '0L',
    '12x',
  ),
)
const float = fc.constantFrom(
  '1.5',
  '.5',
  '7.',
  '7.0',
  '1e0',
  '1E+2',
  '5e-324',
  '1e400',
  '0.0',
  '1.5e1',
  '2.5L',
  '1e',
  '.e1',
)
const number = fc.oneof({ weight: 3, arbitrary: integer }, { weight: 2, arbitrary: float })
const literal = fc.oneof(
  { weight: 4, arbitrary: number },
  { weight: 3, arbitrary: string },
  { weight: 2, arbitrary: fc.constantFrom('TRUE', 'FALSE', 'NULL', 'true', 'False', 'nUll') },
)
const gap = fc.oneof(
  { weight: 12, arbitrary: fc.constant(' ') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('\t', '\n', '\r\n', '\f', ' /* c * / c */ ', ' -- c\n', ' /**/ ', '  ', ' --5 '),
  },
)
const list = fc.array(string, { minLength: 1, maxLength: 6 }).map((all) => `(${all.join(', ')})`)

/** Filters by the grammar, mostly with a meaning, all operators within each other, with the odd mistake in types. */
const grammatical = fc.letrec<{ operand: string; condition: string }>((tie) => ({
  operand: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'sql' },
    { weight: 6, arbitrary: name },
    { weight: 5, arbitrary: literal },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.constantFrom('-', '+', '- -', '--'), tie('operand')).map(([sign, one]) => `${sign}${one}`),
    },
    { weight: 1, arbitrary: tie('condition').map((one) => `(${one})`) },
    { weight: 1, arbitrary: tie('operand').map((one) => `(${one})`) },
    { weight: 1, arbitrary: tie('condition') },
  ),
  condition: fc.oneof(
    { maxDepth: 5, depthIdentifier: 'sql' },
    {
      weight: 8,
      arbitrary: fc
        .tuple(tie('operand'), gap, fc.constantFrom('=', '<>', '>', '>=', '<', '<='), gap, tie('operand'))
        .map((parts) => parts.join('')),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(name, fc.constantFrom('=', '<>', '>', '<='), number).map((parts) => parts.join(' ')),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(
          tie('operand'),
          gap,
          fc.constantFrom('BETWEEN', 'NOT BETWEEN', 'not between'),
          gap,
          tie('operand'),
          tie('operand'),
        )
        .map(([value, before, word, after, low, high]) => `${value}${before}${word}${after}${low} AND ${high}`),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(tie('operand'), fc.constantFrom('IN', 'NOT IN', 'in', 'Not In'), list)
        .map((parts) => parts.join(' ')),
    },
    {
      weight: 3,
      arbitrary: fc
        .tuple(
          tie('operand'),
          fc.constantFrom('', 'NOT '),
          fc.constantFrom('CONTAINS', 'STARTSWITH', 'ENDSWITH', 'contains', 'startsWith'),
          string,
        )
        .map(([value, not, word, search]) => `${value} ${not}${word} ${search}`),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(tie('operand'), fc.constantFrom('IS NULL', 'IS NOT NULL', 'is null'))
        .map((parts) => parts.join(' ')),
    },
    {
      weight: 3,
      arbitrary: fc
        .tuple(tie('condition'), gap, fc.constantFrom('AND', 'OR', 'and', 'Or'), gap, tie('condition'))
        .map((parts) => parts.join('')),
    },
    { weight: 2, arbitrary: tie('condition').map((one) => `NOT (${one})`) },
    { weight: 1, arbitrary: tie('condition').map((one) => `NOT ${one}`) },
    { weight: 2, arbitrary: tie('condition').map((one) => `(${one})`) },
    { weight: 1, arbitrary: tie('operand') },
  ),
})).condition

const token = fc.oneof(
  name,
  literal,
  fc.constantFrom(
    '=',
    '<>',
    '>',
    '>=',
    '<',
    '<=',
    '(',
    ')',
    ',',
    '+',
    '-',
    '!',
    '.',
    '"',
    '/*',
    '--',
    '==',
    '\u0000',
    "'",
  ),
  fc.constantFrom('NOT', 'AND', 'OR', 'BETWEEN', 'IN', 'IS', 'CONTAINS', 'STARTSWITH', 'ENDSWITH', 'LIKE'),
)
/** Tokens in any order. */
const jumbled = fc.array(fc.tuple(token, gap), { maxLength: 12 }).map((all) => all.flat().join(''))
/** A filter with a piece cut out or put in. */
const damaged = fc
  .tuple(grammatical, fc.nat(60), fc.nat(4), fc.oneof(fc.constant(''), token))
  .map(([whole, at, length, piece]) => whole.slice(0, at) + piece + whole.slice(at + length))

/** SQL filters as people and their typing errors make them. */
export const sqlExpressions: fc.Arbitrary<string> = fc.oneof(
  { weight: 12, arbitrary: grammatical },
  { weight: 3, arbitrary: damaged },
  { weight: 2, arbitrary: jumbled },
  { weight: 1, arbitrary: fc.string({ maxLength: 20 }) },
)

const numberText = fc.oneof(
  fc.integer({ min: -3, max: 20 }).map(String),
  fc.double({ noNaN: true }).map(String),
  fc.constantFrom(
    '7',
    '007',
    '+7',
    '-0',
    '7L',
    ' 7',
    '7.0',
    '1.5f',
    ' 1.5 ',
    '1.5D',
    '1e400',
    'NaN',
    '-Infinity',
    '0x1.8p1',
    '-0X.8P0d',
    '0x1p-1074',
    '0x1.0000000000000801p0',
    '0x1.00000000000008p0',
    '0x1p1024',
    '0x1p-1075',
    '0x1.8p-1075',
    '2147483647',
    '2147483648',
    '-2147483648',
    '-2147483649',
    '9007199254740992',
    '9007199254740993',
    '9223372036854775807',
    '9223372036854775808',
    '-9223372036854775808',
    '00000000000000000000000005',
    '７',
    '٧',
    '1_000',
    '--7',
    '+',
    '1e',
    '0x1',
  ),
)
const propertyText = fc.oneof(
  { weight: 4, arbitrary: numberText },
  {
    weight: 3,
    arbitrary: fc.constantFrom('abc', 'ab', 'b', 'true', 'TRUE', 'false', "it's", 'a b', 'ünï', 'xabcx', ''),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 6 }) },
)

/** Properties of a message, some of which the filters name. */
export const sqlProperties: fc.Arbitrary<Readonly<Record<string, string>>> = fc.dictionary(
  fc.constantFrom(...NAMES.filter((one) => one !== 'missing')),
  propertyText,
  { minKeys: 2, maxKeys: 8, noNullPrototype: true },
)
