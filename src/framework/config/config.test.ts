// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of configuration look like templates.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { codeOf } from '../../base/errors/index.ts'
import { seededRandom } from '../../base/random/index.ts'
import { type ConfigurationInputs, Environment, loadEnvironment } from './index.ts'
import { profileMatches } from './profiles.ts'

const environmentOf = (texts: Readonly<Record<string, string>>): Environment =>
  new Environment(
    [
      {
        name: 'f',
        entries: new Map(Object.entries(texts).map(([key, text], i) => [key, { text, origin: `f:${i + 1}` }])),
      },
    ],
    seededRandom(1),
  )

test('names are relaxed, brackets keep a map key together, and items of a list are joined', () => {
  const environment = environmentOf({
    'a.maxAttempts': '1',
    'b[x|y-in-0].max_attempts': '2',
    'c[0]': 'p',
    'c[1]': 'q',
  })
  expect(environment.get('a.max-attempts')).toEqual({ text: '1', origin: 'f:1' })
  expect(environment.get('A.MAXATTEMPTS')?.text).toBe('1')
  expect(environment.get('b[x|y-in-0].max-attempts')?.text).toBe('2')
  expect(environment.get('c')?.text).toBe('p,q')
  expect(environment.get('d')).toBeUndefined()
})

test('placeholders are replaced, with defaults, inside each other, and escaped', () => {
  const environment = environmentOf({
    a: '${b:x}-${c:${d}}',
    d: '4',
    e: '\\${d}',
    f: '${g:}',
    h: '${random.int[5,6]}',
    i: '${open',
  })
  expect(environment.get('a')?.text).toBe('x-4')
  expect(environment.get('e')?.text).toBe('${d}')
  expect(environment.get('f')?.text).toBe('')
  expect(environment.get('h')?.text).toBe('5')
  expect(environment.get('i')?.text).toBe('${open')
})

test('a placeholder without value or in a circle is an error with its line', () => {
  const environment = environmentOf({ a: '${b}', b: '${a}', c: '${nowhere}' })
  expect(() => environment.get('a')).toThrow('f:1: ${b} leads back to itself (b → a → b)')
  expect(() => environment.get('c')).toThrow(
    'f:3: ${nowhere} has no value. Set it, or give a default: ${nowhere:default}.',
  )
})

let directory = ''
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'environment-'))
  await mkdir(join(directory, 'config'))
  const files = {
    'application.properties':
      'a=plain\nb=plain\nc=plain\nd=plain\n#---\nspring.config.activate.on-profile=prod & !eu\nd=document',
    'application.yml': 'a: yaml\ny: yaml',
    'application-prod.properties': 'b=profile\nc=profile',
    'application-default.properties': 'b=default profile',
    'config/application.properties': 'c=config',
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text)
})
afterAll(() => rm(directory, { recursive: true }))

const load = (inputs: Partial<ConfigurationInputs>): Environment =>
  loadEnvironment({ directory, args: [], variables: {}, properties: {}, ...inputs }, seededRandom(1), () => undefined)
const values = (environment: Environment): (string | undefined)[] =>
  ['a', 'b', 'c', 'd', 'y'].map((key) => environment.get(key)?.text)

test('files rank by profile, then place, then kind; documents of a file by profile', () => {
  expect(values(load({}))).toEqual(['plain', 'default profile', 'config', 'plain', 'yaml'])
  expect(values(load({ args: ['--spring.profiles.active=prod'] }))).toEqual([
    'plain',
    'profile',
    'profile',
    'document',
    'yaml',
  ])
  expect(values(load({ variables: { SPRING_PROFILES_ACTIVE: 'prod,eu' } }))[3]).toBe('plain')
})

test('the program wins over the command line, that over JSON, that over variables, that over files', () => {
  const environment = load({
    properties: { a: 5 },
    args: ['--a=4', '--b=4', 'word', '--flag', '--l=1', '--l=2'],
    variables: { A: '2', B: '2', C: '2', D: '2', SPRING_APPLICATION_JSON: '{"a":3,"c":3,"n":{"x":[1,null]},"z":null}' },
  })
  expect(values(environment)).toEqual(['5', '4', '3', '2', 'yaml'])
  expect(environment.get('flag')?.text).toBe('')
  expect(environment.get('l')?.text).toBe('1,2')
  expect(environment.get('n.x[0]')?.text).toBe('1')
  expect(environment.get('d')?.origin).toBe('environment variable D')
})

test('an environment variable reaches a binding whose name has dashes', () => {
  const variables = { SPRING_CLOUD_STREAM_BINDINGS_ORDERS_IN_0_GROUP: 'g' }
  const environment = load({ variables })
  expect(environment.get('spring.cloud.stream.bindings[orders-in-0].group')?.text).toBe('g')
})

const codeOfLoading = (inputs: Partial<ConfigurationInputs>): unknown => {
  try {
    load(inputs)
    return 'loaded'
  } catch (failure) {
    return codeOf(failure)
  }
}

test('a location that the user named must be there, unless it is optional', () => {
  expect(codeOfLoading({ args: ['--spring.config.location=none.properties'] })).toBe('RMQ_CONFIG_FILE')
  expect(load({ args: ['--spring.config.location=optional:none.properties'] }).get('a')).toBeUndefined()
  expect(load({ args: ['--spring.config.location=config/'] }).get('c')?.text).toBe('config')
})

test('what is not a JSON object is refused', () => {
  expect(codeOfLoading({ variables: { SPRING_APPLICATION_JSON: '[1]' } })).toBe('RMQ_CONFIG_ARGUMENT')
  expect(codeOfLoading({ variables: { SPRING_APPLICATION_JSON: '{' } })).toBe('RMQ_CONFIG_ARGUMENT')
})

test.each<[string, boolean | 'refused']>([
  ['prod', true],
  ['!prod', false],
  ['prod & !eu | (a & b)', false],
  ['x, prod', true],
  ['(prod | x) & eu', true],
  ['prod &', 'refused'],
  ['(prod', 'refused'],
  ['prod eu', 'refused'],
])('profile expression "%s" is %s when prod and eu are active', (expression, expected) => {
  const verdict = (): boolean | 'refused' => {
    try {
      return profileMatches(expression, new Set(['prod', 'eu']), 'f')
    } catch (failure) {
      expect(codeOf(failure)).toBe('RMQ_CONFIG_PROFILE')
      return 'refused'
    }
  }
  expect(verdict()).toBe(expected)
})
