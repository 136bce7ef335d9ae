import { z } from '../base/schema/index.ts'

/** A moment as `yyyyMMddHHmmss`, local time; `undefined` when the text is none. */
export function readTimestamp(text: string): Date | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text)?.slice(1).map(Number)
  if (parts === undefined) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
  const time = new Date(year, month - 1, day, hour, minute, second)
  // JavaScript reads the 31st of June as the first of July.
  return time.getMonth() === month - 1 && time.getDate() === day && hour < 24 && minute < 60 && second < 60
    ? time
    : undefined
}

/** Such a moment, or empty text. */
export const timestampText: z.ZodType<string> = z
  .string()
  .refine((text) => text === '' || readTimestamp(text) !== undefined, 'a time of the form yyyyMMddHHmmss')
