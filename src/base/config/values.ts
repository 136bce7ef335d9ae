import { z } from '../schema/index.ts'

/** `true`, `on`, `yes`, `1` and their opposites, any case. */
export const booleanText = z.string().transform((text, context): boolean => {
  const lower = text.toLowerCase()
  if (['true', 'on', 'yes', '1'].includes(lower)) return true
  if (['false', 'off', 'no', '0'].includes(lower)) return false
  context.addIssue('true or false')
  return z.NEVER
})

/** A whole number within bounds. */
export function integerText(minimum: number, maximum: number): z.ZodType<number> {
  return z.string().transform((text, context): number => {
    const value = Number(text)
    if (/^[+-]?\d+$/.test(text) && value >= minimum && value <= maximum) return value
    context.addIssue(`a whole number from ${minimum} to ${maximum}`)
    return z.NEVER
  })
}

/** A whole number above 0 that `unit` divides, at most `maximum`. */
export function multipleText(unit: number, maximum: number): z.ZodType<number> {
  return z.string().transform((text, context): number => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value > 0 && value <= maximum && value % unit === 0) return value
    context.addIssue(`a multiple of ${unit}, up to ${maximum}`)
    return z.NEVER
  })
}

/** A number, with a fraction or without, of at least `minimum`. */
export function numberText(minimum: number): z.ZodType<number> {
  return z.string().transform((text, context): number => {
    const value = Number(text)
    if (text !== '' && Number.isFinite(value) && value >= minimum) return value
    context.addIssue(`a number of at least ${minimum}`)
    return z.NEVER
  })
}

/** One of the given words, any case; `-` and `_` do not count. */
export function wordText<const Words extends readonly string[]>(words: Words): z.ZodType<Words[number]> {
  const fold = (text: string): string => text.toLowerCase().replaceAll(/[-_]/g, '')
  return z.string().transform((text, context): Words[number] => {
    const word = words.find((candidate) => fold(candidate) === fold(text))
    if (word !== undefined) return word
    context.addIssue(`one of ${words.join(', ')}`)
    return z.NEVER
  })
}

/** A word that is the only one supported, any case; `expected` says so, and what can be done. */
export function onlyText<const Word extends string>(only: Word, expected: string): z.ZodType<Word> {
  return z.string().transform((text, context): Word => {
    if (text.toLowerCase() === only.toLowerCase()) return only
    context.addIssue(expected)
    return z.NEVER
  })
}

/** A flag that cannot be set; `expected` says why, and what can be done. */
export function neverText(expected: string): z.ZodType<false> {
  return booleanText.transform((value, context): false => {
    if (value) context.addIssue(expected)
    return false
  })
}

/** Any text. */
export const plainText: z.ZodType<string> = z.string()

const UNIT_MS = { ns: 1e-6, us: 1e-3, ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** A duration as milliseconds: `1500`, `10s`, `PT1M30S`; a bare number counts in `unit`. */
export function durationText(unit: keyof typeof UNIT_MS): z.ZodType<number> {
  return z.string().transform((text, context): number => {
    const plain = /^(\d+)\s*(ns|us|ms|s|m|h|d)?$/i.exec(text)
    if (plain !== null) return Number(plain[1]) * UNIT_MS[(plain[2]?.toLowerCase() ?? unit) as keyof typeof UNIT_MS]
    const iso = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/i.exec(text)
    if (iso !== null && text.length > 2) {
      const [days, hours, minutes, seconds] = iso.slice(1).map((part) => Number(part ?? 0))
      return (
        (days ?? 0) * UNIT_MS.d + (hours ?? 0) * UNIT_MS.h + (minutes ?? 0) * UNIT_MS.m + (seconds ?? 0) * UNIT_MS.s
      )
    }
    context.addIssue(`a duration such as 500ms, 10s or PT10S (a bare number counts in ${unit})`)
    return z.NEVER
  })
}

/** Items divided by commas, trimmed; empty text is the empty list. */
export const listText: z.ZodType<readonly string[]> = z
  .string()
  .transform((text): readonly string[] => (text.trim() === '' ? [] : text.split(',').map((item) => item.trim())))
