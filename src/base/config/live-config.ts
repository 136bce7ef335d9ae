import { textOf } from '../errors/index.ts'
import { type Files, saveKeptFile } from '../files/index.ts'
import { changeProperties } from './change-properties.ts'
import type { ConfigTable, SettingText } from './define-config.ts'
import { configErrors } from './errors.ts'
import { nearest } from './nearest.ts'
import { parseProperties } from './properties.ts'
import { readConfigText } from './read-text.ts'

/** What {@link LiveConfig.changeByText} did. */
export interface ChangedConfig {
  readonly changed: readonly string[]
  /** Keys that were accepted and mean nothing here. */
  readonly ignored: readonly string[]
}

/**
 * Settings that change while a program runs: one object for its whole life, whose members change. Whoever reads a
 * member at each use sees the change; whoever copied it at the start sees it after a restart. Apache: `Configuration`
 * (5.3.3).
 */
export class LiveConfig<Config extends object> {
  readonly #table: ConfigTable<Config>
  readonly #current: Config
  readonly #files: Files
  readonly #path: string | undefined
  #lastChange: Promise<unknown> = Promise.resolve()

  /** `path`: the file that the settings came from, which is changed along with them; `undefined`: there is none. */
  constructor(table: ConfigTable<Config>, config: Config, files: Files, path: string | undefined) {
    this.#table = table
    this.#current = { ...config }
    this.#files = files
    this.#path = path
  }

  /** The settings now. */
  get current(): Config {
    return this.#current
  }

  /** All keys and values, a line each, sorted by key. */
  text(): string {
    const keys = Object.keys(this.#table.settings) as (keyof Config & string)[]
    return keys
      .sort()
      .map((key) => `${key}=${this.#current[key] ?? ''}\n`)
      .join('')
  }

  /**
   * Changes settings as a tool asks for it, in `.properties` text. Keys of `withoutEffect` are accepted and change
   * nothing.
   * @param protectedKeys  keys that must not be changed so, separated by `;`
   * @throws RMQ_CONFIG_PROTECTED  one of them is to be changed; nothing is
   * @throws RMQ_CONFIG_UNKNOWN  a key is not known; nothing is changed
   * @throws RMQ_CONFIG_VALUE, RMQ_CONFIG_FILE  as {@link change}
   */
  async changeByText(
    text: string,
    origin: string,
    protectedKeys: string,
    withoutEffect: ReadonlySet<string> = new Set(),
  ): Promise<ChangedConfig> {
    const { entries } = parseProperties(text, origin)
    const isProtected = new Set(protectedKeys.split(';').map((key) => key.trim()))
    const texts = new Map<string, SettingText>()
    const ignored: string[] = []
    for (const [key, value] of entries) {
      if (isProtected.has(key)) throw configErrors.RMQ_CONFIG_PROTECTED({ key })
      if (Object.hasOwn(this.#table.settings, key)) texts.set(key, value)
      else if (withoutEffect.has(key)) ignored.push(key)
      else {
        const near = nearest(key, Object.keys(this.#table.settings))
        throw configErrors.RMQ_CONFIG_UNKNOWN({ key, hint: near === undefined ? '' : ` Did you mean "${near}"?` })
      }
    }
    return { changed: await this.change(texts), ignored }
  }

  /**
   * Changes settings, first in the file, then in memory; changes follow one another. Resolves to the keys.
   * @throws RMQ_CONFIG_VALUE  a text does not fit its setting; nothing is changed
   * @throws RMQ_CONFIG_FILE  the file cannot be written; nothing is changed
   */
  change(texts: ReadonlyMap<string, SettingText>): Promise<readonly string[]> {
    const change = this.#lastChange.then(() => this.#change(texts))
    this.#lastChange = change.catch(() => undefined)
    return change
  }

  async #change(texts: ReadonlyMap<string, SettingText>): Promise<readonly string[]> {
    const { config } = this.#table.parse(texts)
    const keys = [...texts.keys()].filter((key) => Object.hasOwn(this.#table.settings, key)) as (keyof Config &
      string)[]
    if (this.#path !== undefined) {
      await this.#write(this.#path, new Map(keys.map((key) => [key, texts.get(key)?.text.trim() ?? ''])))
    }
    for (const key of keys) this.#current[key] = config[key]
    return keys
  }

  async #write(path: string, changes: ReadonlyMap<string, string>): Promise<void> {
    try {
      await saveKeptFile(this.#files, path, changeProperties(readConfigText(path, this.#files) ?? '', changes))
    } catch (failure) {
      throw configErrors.RMQ_CONFIG_FILE({ path, reason: textOf(failure) }, failure)
    }
  }
}
