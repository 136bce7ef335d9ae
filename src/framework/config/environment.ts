import type { SettingText } from '../../base/config/index.ts'
import type { Random } from '../../base/random/index.ts'
import { frameworkErrors } from '../errors.ts'
import { canonicalKey, flatKey } from './names.ts'
import { randomValue } from './random-value.ts'

/** Some keys and their texts that rank together. */
export interface PropertySource {
  readonly name: string
  /** Keys as written, or names of environment variables when `variables` is true. */
  readonly entries: ReadonlyMap<string, SettingText>
  readonly variables?: boolean
}

/** A key as somebody wrote it. */
export interface GivenKey {
  readonly key: string
  readonly canonical: string
  readonly origin: string
}

interface IndexedSource {
  readonly variables: boolean
  readonly texts: ReadonlyMap<string, SettingText>
}

/** Longest chain of placeholders; a longer one is a mistake. */
const PLACEHOLDER_DEPTH_MAX = 50

/**
 * All configuration of an application: ranked sources, relaxed names, placeholders. Values are read when asked for.
 */
export class Environment {
  readonly #sources: readonly IndexedSource[]
  readonly #given: readonly GivenKey[]
  readonly #random: Random

  /** @param sources  highest rank first */
  constructor(sources: readonly PropertySource[], random: Random) {
    this.#random = random
    this.#sources = sources.map(indexed)
    this.#given = sources
      .filter((source) => !source.variables)
      .flatMap((source) =>
        [...source.entries].map(([key, { origin }]) => ({ key, canonical: canonicalKey(key), origin })),
      )
  }

  /** All keys of all sources but the environment variables, whose names say less than the keys. */
  get given(): readonly GivenKey[] {
    return this.#given
  }

  /**
   * The text of a key with its placeholders replaced, `undefined` when nobody gives it. Items of a list given one by
   * one (`key[0]`, `key[1]`) are joined by commas.
   * @throws RMQ_PLACEHOLDER  a placeholder has neither value nor default, or leads back to itself
   */
  get(key: string): SettingText | undefined {
    return this.#read(key, [])
  }

  /**
   * Replaces the placeholders of a text. `\${` stands for itself.
   * @throws RMQ_PLACEHOLDER  as for {@link get}
   */
  resolve(text: string, origin: string): string {
    return this.#resolve(text, origin, [])
  }

  #read(key: string, path: readonly string[]): SettingText | undefined {
    const found = this.#find(canonicalKey(key))
    return found && { text: this.#resolve(found.text, found.origin, path), origin: found.origin }
  }

  #find(canonical: string): SettingText | undefined {
    const flat = flatKey(canonical)
    for (const { variables, texts } of this.#sources) {
      const found = variables ? texts.get(flat) : (texts.get(canonical) ?? listOf(texts, canonical))
      if (found !== undefined) return found
    }
    return undefined
  }

  #resolve(text: string, origin: string, path: readonly string[]): string {
    let result = ''
    let at = 0
    for (let open = text.indexOf('${'); open >= 0; open = text.indexOf('${', at)) {
      const escaped = text[open - 1] === '\\'
      const close = escaped ? -1 : closingBrace(text, open + 2)
      result += text.slice(at, escaped ? open - 1 : open)
      at = close < 0 ? open + 2 : close + 1
      result += close < 0 ? '${' : this.#placeholder(text.slice(open + 2, close), origin, path)
    }
    return result + text.slice(at)
  }

  #placeholder(body: string, origin: string, path: readonly string[]): string {
    const inner = this.#resolve(body, origin, path)
    const colon = inner.indexOf(':')
    const key = colon < 0 ? inner : inner.slice(0, colon)
    if (path.includes(key) || path.length >= PLACEHOLDER_DEPTH_MAX) {
      const reason = `leads back to itself (${[...path, key].join(' → ')})`
      throw frameworkErrors.RMQ_PLACEHOLDER({ placeholder: key, origin, reason })
    }
    const value = randomValue(key, this.#random) ?? this.#read(key, [...path, key])?.text
    if (value !== undefined) return value
    if (colon >= 0) return inner.slice(colon + 1)
    throw frameworkErrors.RMQ_PLACEHOLDER({ placeholder: key, origin, reason: 'has no value' })
  }
}

function indexed(source: PropertySource): IndexedSource {
  const variables = source.variables ?? false
  const texts = new Map<string, SettingText>()
  for (const [key, text] of source.entries) texts.set(variables ? flatKey(key) : canonicalKey(key), text)
  return { variables, texts }
}

function listOf(texts: ReadonlyMap<string, SettingText>, canonical: string): SettingText | undefined {
  const items: SettingText[] = []
  for (let item = texts.get(`${canonical}.0`); item; item = texts.get(`${canonical}.${items.length}`)) items.push(item)
  const [first] = items
  return first && { text: items.map(({ text }) => text).join(','), origin: first.origin }
}

/** Where the placeholder that begins before `from` ends; -1 when it does not. */
function closingBrace(text: string, from: number): number {
  let depth = 1
  for (let at = from; at < text.length; at++) {
    if (text.startsWith('${', at)) depth++
    else if (text[at] === '}' && --depth === 0) return at
  }
  return -1
}
