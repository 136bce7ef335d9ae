/**
 * The one error class of rocketstream. Callers match {@link RocketMQError.code}, never `instanceof`: two copies of a
 * package in one process would break the latter.
 */
export class RocketMQError<Code extends string = string, Details extends object = object> extends Error {
  override readonly name = 'RocketMQError'
  /** Stable, documented in `docs/errors.md`; begins with `RMQ_`. */
  readonly code: Code
  /** The values the message speaks of, for programs. */
  readonly details: Readonly<Details>

  constructor(code: Code, message: string, details: Details, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.details = details
  }
}

/**
 * The `code` of anything that was thrown, `undefined` when it has none. Works for errors of Node (`ENOENT`) as well.
 */
export function codeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined
  return typeof thrown.code === 'string' ? thrown.code : undefined
}

/** The text of anything that was thrown, for a log line or the remark of a reply. */
export function textOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** Wraps what is not an `Error`, so that a rejection always has a stack. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
