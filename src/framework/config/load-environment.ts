import type { SettingText } from '../../base/config/index.ts'
import { textOf } from '../../base/errors/index.ts'
import type { Random } from '../../base/random/index.ts'
import { frameworkErrors } from '../errors.ts'
import { Environment, type PropertySource } from './environment.ts'
import { loadFiles } from './load-files.ts'

/** Where configuration comes from. */
export interface ConfigurationInputs {
  /** Files are looked for here. */
  readonly directory: string
  /** `--key=value` and others. */
  readonly args: readonly string[]
  /** Environment variables. */
  readonly variables: Readonly<Record<string, string | undefined>>
  /** Given by the program; above everything else. */
  readonly properties: Readonly<Record<string, string | number | boolean>>
}

/**
 * Collects all sources. From high to low: the program's own properties, the command line, `SPRING_APPLICATION_JSON`,
 * environment variables, files of active profiles, other files.
 *
 * @param complain  told of lines in files that probably do not say what was meant
 * @throws RMQ_CONFIG_ARGUMENT  `SPRING_APPLICATION_JSON` is not a JSON object
 * @throws RMQ_CONFIG_FILE  a file cannot be read
 */
export function loadEnvironment(
  inputs: ConfigurationInputs,
  random: Random,
  complain: (sentence: string) => void,
): Environment {
  const properties = texts(Object.entries(inputs.properties), 'options.properties')
  const args = commandLine(inputs.args)
  const json = applicationJson(inputs.variables['SPRING_APPLICATION_JSON'], args.get('spring.application.json')?.text)
  const above: readonly PropertySource[] = [
    { name: 'options.properties', entries: properties },
    { name: 'command line', entries: args },
    { name: 'SPRING_APPLICATION_JSON', entries: json },
    { name: 'environment', entries: variableTexts(inputs.variables), variables: true },
  ]
  const withFiles = (files: readonly PropertySource[]): Environment => new Environment([...above, ...files], random)
  return withFiles(loadFiles(inputs.directory, withFiles, complain))
}

function texts(entries: readonly (readonly [string, unknown])[], origin: string): Map<string, SettingText> {
  return new Map(entries.map(([key, value]) => [key, { text: String(value), origin }]))
}

function variableTexts(variables: ConfigurationInputs['variables']): Map<string, SettingText> {
  const found = new Map<string, SettingText>()
  for (const [name, text] of Object.entries(variables))
    if (text !== undefined) found.set(name, { text, origin: `environment variable ${name}` })
  return found
}

/** `--key=value`; `--flag` is the empty text; a key given twice becomes a list. */
function commandLine(args: readonly string[]): Map<string, SettingText> {
  const found = new Map<string, SettingText>()
  for (const argument of args) {
    const match = /^--([^=]+)(?:=([\s\S]*))?$/.exec(argument)
    if (match === null) continue
    const [, key = '', text = ''] = match
    const before = found.get(key)
    found.set(key, { text: before === undefined ? text : `${before.text},${text}`, origin: `argument --${key}` })
  }
  return found
}

function applicationJson(variable: string | undefined, argument: string | undefined): Map<string, SettingText> {
  const text = argument ?? variable
  const found = new Map<string, SettingText>()
  if (text === undefined || text.trim() === '') return found
  const name = argument === undefined ? 'SPRING_APPLICATION_JSON' : '--spring.application.json'
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (failure) {
    throw frameworkErrors.RMQ_CONFIG_ARGUMENT({ name, reason: textOf(failure) }, failure)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw frameworkErrors.RMQ_CONFIG_ARGUMENT({ name, reason: 'it is not a JSON object' })
  flatten(value, '', name, found)
  return found
}

/** Nested objects become dotted keys, list items `[0]`; nulls count as not given. */
function flatten(value: unknown, path: string, origin: string, into: Map<string, SettingText>): void {
  if (value === null || value === undefined) return
  if (typeof value !== 'object') into.set(path, { text: String(value), origin })
  else if (Array.isArray(value)) {
    value.forEach((item, index) => {
      flatten(item, `${path}[${index}]`, origin, into)
    })
  } else {
    for (const [key, item] of Object.entries(value)) flatten(item, path === '' ? key : `${path}.${key}`, origin, into)
  }
}
