import { join, resolve } from 'node:path'
import {
  configErrors,
  type PropertyDocument,
  parsePropertyDocuments,
  parseYamlDocuments,
  readConfigText,
} from '../../base/config/index.ts'
import type { Environment, PropertySource } from './environment.ts'
import { profileMatches } from './profiles.ts'

/** A document of a file, and the file's own profile. */
interface LoadedDocument {
  readonly name: string
  readonly document: PropertyDocument
}

/** Where files are looked for, lowest rank first; groups rank as wholes. */
const DEFAULT_LOCATIONS: readonly (readonly string[])[] = [['resources/'], ['./', 'config/']]

/** Within a place the later one wins. */
const EXTENSIONS = ['yaml', 'yml', 'properties'] as const

/**
 * Reads `application.properties`, `application.yaml` and their profiles' files. Result: highest rank first.
 *
 * @param above  sources that outrank the files; they choose the names, places and profiles
 * @throws RMQ_CONFIG_FILE  a file cannot be read, or a named location is not there
 * @see Spring Boot `ConfigDataEnvironment` (2.7)
 */
export function loadFiles(
  directory: string,
  above: (files: readonly PropertySource[]) => Environment,
  complain: (sentence: string) => void,
): readonly PropertySource[] {
  const early = above([])
  const groups = locationGroups(early)
  const name = early.get('spring.config.name')?.text ?? 'application'
  const plain = groups.map((group) => loadGroup(directory, group, name, complain))
  const unconditional = plain.flat().filter(({ document }) => activation(document) === undefined)
  const profiles = activeProfiles(above(asSources(unconditional)))
  const active = new Set(profiles)
  const ranked: LoadedDocument[] = []
  for (const [index, group] of groups.entries()) {
    ranked.push(...(plain[index] ?? []))
    for (const profile of profiles) ranked.push(...loadGroup(directory, group, `${name}-${profile}`, complain))
  }
  const usable = ranked.filter(({ name: file, document }) => {
    const expression = activation(document)
    return expression === undefined || profileMatches(expression, active, file)
  })
  return asSources(usable)
}

/** Rank rises from left to right in `documents`; sources are listed highest first. */
function asSources(documents: readonly LoadedDocument[]): readonly PropertySource[] {
  return documents.map(({ name, document }) => ({ name, entries: document.entries })).reverse()
}

function activation(document: PropertyDocument): string | undefined {
  const found = document.entries.get('spring.config.activate.on-profile') ?? document.entries.get('spring.profiles')
  return found?.text
}

function locationGroups(environment: Environment): readonly (readonly string[])[] {
  const given = environment.get('spring.config.location')?.text.split(',')
  const additional = environment.get('spring.config.additional-location')?.text.split(',')
  const groups = given === undefined ? DEFAULT_LOCATIONS : [given.map((place) => required(place.trim()))]
  return additional === undefined ? groups : [...groups, additional.map((place) => required(place.trim()))]
}

/** Locations that a user named must exist; the marker `!` carries that to {@link loadGroup}. */
function required(place: string): string {
  return place.startsWith('optional:') ? place.slice('optional:'.length) : `!${place}`
}

/** Active profiles, lowest rank first: included ones, then the active ones, groups after their name. */
function activeProfiles(environment: Environment): readonly string[] {
  const list = (key: string): readonly string[] =>
    (environment.get(key)?.text ?? '')
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '')
  const named = [...list('spring.profiles.include'), ...list('spring.profiles.active')]
  const withGroups = named.flatMap((profile) => [profile, ...list(`spring.profiles.group[${profile}]`)])
  return withGroups.length === 0 ? ['default'] : [...new Set(withGroups)]
}

function loadGroup(
  directory: string,
  group: readonly string[],
  name: string,
  complain: (sentence: string) => void,
): readonly LoadedDocument[] {
  const documents: LoadedDocument[] = []
  for (const location of group) {
    const place = location.replace(/^!/, '').replace(/^(file|classpath):/, '')
    const files = place.endsWith('/') ? EXTENSIONS.map((extension) => `${place}${name}.${extension}`) : [place]
    let found = false
    for (const file of files) {
      const text = readConfigText(resolve(directory, file))
      if (text === undefined) continue
      found = true
      documents.push(...parse(text, join(file), complain))
    }
    if (!found && location.startsWith('!') && !place.endsWith('/'))
      throw configErrors.RMQ_CONFIG_FILE({ path: place, reason: 'there is no such file' })
  }
  return documents
}

function parse(text: string, name: string, complain: (sentence: string) => void): readonly LoadedDocument[] {
  const documents = /\.ya?ml$/.test(name) ? parseYamlDocuments(text, name) : parsePropertyDocuments(text, name)
  return documents.map((document) => {
    for (const sentence of [...document.duplicates, ...document.suspicions]) complain(sentence)
    return { name, document }
  })
}
