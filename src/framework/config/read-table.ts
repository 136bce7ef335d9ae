import type { ConfigTable, SettingText } from '../../base/config/index.ts'
import type { Environment } from './environment.ts'
import { canonicalKey, kebabKey } from './names.ts'

/** Old key → new key, as binders declare them. */
type OldKeys = Readonly<Record<string, { readonly key: string; readonly convert?: (text: string) => string }>>

/** A value that was given by an old name. */
export interface OldKeyUse {
  readonly origin: string
  readonly oldKey: string
  readonly newKey: string
  /** False: the new key was given as well, and wins. */
  readonly used: boolean
}

/** Where keys are looked for: below a prefix, or, some of them, by a name of their own: key → full name. */
export type KeySource = string | Readonly<Record<string, string>>

/**
 * Reads a table's keys from the given places; the first that has a key gives its value.
 *
 * @param report  told of every old key in use
 * @throws RMQ_CONFIG_VALUE  a text does not fit its setting
 */
export function readTable<Config extends object>(
  environment: Environment,
  table: ConfigTable<Config>,
  sources: readonly KeySource[],
  oldKeys: OldKeys = {},
  report: (use: OldKeyUse) => void = () => undefined,
): Config {
  const texts = new Map<string, SettingText>()
  const old = Object.entries(oldKeys)
  for (const key of Object.keys(table.settings)) {
    for (const prefix of sources) {
      if (typeof prefix !== 'string') {
        const text = prefix[key] === undefined ? undefined : environment.get(prefix[key])
        if (text === undefined) continue
        texts.set(key, text)
        break
      }
      const found = environment.get(`${prefix}.${key}`)
      const aliases = old.filter(([, target]) => canonicalKey(target.key) === canonicalKey(key))
      const byOld = aliases.flatMap(([oldKey, { convert }]) => {
        const text = environment.get(`${prefix}.${oldKey}`)
        return text === undefined ? [] : [{ oldKey, text: { ...text, text: convert?.(text.text) ?? text.text } }]
      })
      for (const { oldKey, text } of byOld)
        report({
          origin: text.origin,
          oldKey: shownKey(prefix, oldKey),
          newKey: shownKey(prefix, key),
          used: found === undefined,
        })
      const text = found ?? byOld[0]?.text
      if (text === undefined) continue
      texts.set(key, text)
      break
    }
  }
  return table.parse(texts).config
}

/** Brackets are shown only where a file needs them. */
function shownKey(prefix: string, key: string): string {
  return kebabKey(`${prefix.replaceAll(/\[([\w-]+)\]/g, '.$1')}.${key}`)
}
