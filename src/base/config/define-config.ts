import type { z } from '../schema/index.ts'
import { configErrors } from './errors.ts'
import { nearest } from './nearest.ts'

/** One key: how its text becomes a value, what it is without one, and what it means. */
export interface Setting<Value> {
  /** Reads the text; `z.coerce` and friends, since every source gives text. */
  readonly schema: z.ZodType<Value>
  readonly default: Value
  /** What it does, one sentence, unit included where the name does not end in one. */
  readonly doc: string
}

/** A text and where it was written, for example `broker.conf:12`. */
export interface SettingText {
  readonly text: string
  readonly origin: string
}

/** What {@link ConfigTable.parse} found. */
export interface ParsedConfig<Config> {
  /** Frozen; every key of the table is present. */
  readonly config: Config
  /** Keys that no setting has, each as a sentence with the nearest known key. */
  readonly unknown: readonly string[]
}

/** A room's settings: the table is the type, the parser, the validation and the documentation. */
export interface ConfigTable<Config extends object> {
  readonly settings: { readonly [Key in keyof Config]: Setting<Config[Key]> }
  /**
   * Reads the given texts over the defaults.
   * @throws RMQ_CONFIG_VALUE  a text does not fit its setting
   */
  parse(texts: ReadonlyMap<string, SettingText>): ParsedConfig<Config>
  /** The defaults with `changes` over them, frozen; for programs and tests, which have values and no texts. */
  with(changes?: Partial<Config>): Config
}

/** Helps inference: `setting(z.coerce.number(), 3, 'Seconds until …')`. */
export function setting<Value>(schema: z.ZodType<Value>, defaultValue: Value, doc: string): Setting<Value> {
  return { schema, default: defaultValue, doc }
}

/** Declares a room's settings under their Apache keys. */
export function defineConfig<Config extends object>(
  settings: { readonly [Key in keyof Config]: Setting<Config[Key]> },
): ConfigTable<Config> {
  const keys = Object.keys(settings) as (keyof Config & string)[]
  const defaults = Object.fromEntries(keys.map((key) => [key, settings[key].default])) as Config
  return {
    settings,
    with: (changes) => Object.freeze({ ...defaults, ...changes }),
    parse(texts) {
      const config = { ...defaults } as Record<string, unknown>
      const unknown: string[] = []
      for (const [key, { text, origin }] of texts) {
        if (!Object.hasOwn(settings, key)) {
          unknown.push(unknownKey(key, origin, keys))
          continue
        }
        const parsed = settings[key as keyof Config].schema.safeParse(text.trim())
        if (!parsed.success) {
          const expected = parsed.error.issues.map((issue) => issue.message).join('; ')
          throw configErrors.RMQ_CONFIG_VALUE({ key, value: text, origin, expected })
        }
        config[key] = parsed.data
      }
      return { config: Object.freeze(config) as Config, unknown }
    },
  }
}

/** The sentence for a key that nobody knows. */
function unknownKey(key: string, origin: string, known: Iterable<string>): string {
  const near = nearest(key, known)
  return `${origin}: unknown key "${key}" is ignored${near === undefined ? '' : `; did you mean "${near}"?`}`
}
