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

/** Any text. */
export const plainText: z.ZodType<string> = z.string()
