import { nearest } from '../../base/config/index.ts'
import type { BinderType } from '../binder/index.ts'
import type { Environment, GivenKey } from './environment.ts'
import { canonicalKey, kebabKey } from './names.ts'
import {
  bindingSettings,
  consumerSettings,
  pollerSettings,
  producerSettings,
  serviceSettings,
} from './stream-settings.ts'

const STREAM = 'spring.cloud.stream'

/** Sections whose further names are free. */
const FREE_SECTIONS = [`${STREAM}.binders.`, `${STREAM}.function.bindings.`]

/** The name of a function's output, as a key has it. */
const FUNCTION_OUTPUT = /\.bindings[.[]([^.[\]]*out[-_]?\d+)[.\]]/i

/**
 * Keys that Spring knows and that have no effect on bindings here, because the messaging system does that by itself.
 * They are accepted and not spoken of.
 */
const WITHOUT_EFFECT = {
  consumer: ['partitioned', 'instanceCount', 'instanceIndex', 'instanceIndexList', 'headerMode', 'multiplex'],
  producer: ['requiredGroups', 'headerMode', 'dynamicPartitionUpdatesEnabled'],
  service: ['instanceCount', 'instanceIndex', 'instanceIndexList', 'function.definition', 'function.autodetect'],
} as const

/**
 * Keys that Spring knows and that would change what a program does: whoever sets one must learn that it does nothing
 * yet.
 */
const NOT_YET = new Set(['bindingRetryInterval'].map(canonicalKey))

/** A binding as the program declares it. */
interface DeclaredBinding {
  readonly name: string
  readonly direction: 'input' | 'output'
}

/**
 * The keys under `spring.cloud.stream` that nobody reads, each as a sentence with its place and the nearest known key.
 * Environment variables are not judged: their names do not tell keys from one another. `dynamicDestinations`: names
 * that StreamBridge may bind.
 */
export function unknownKeys(
  environment: Environment,
  declared: readonly DeclaredBinding[],
  dynamicDestinations: readonly string[],
  binders: readonly BinderType[],
): readonly string[] {
  const bindings = [...declared, ...bridgedOutputs(environment, declared, dynamicDestinations)]
  const known = knownKeys(bindings, binders)
  const byCanonical = new Set(known.map(canonicalKey))
  const free = [
    ...FREE_SECTIONS,
    `${STREAM}.default.consumer.retryable-exceptions.`,
    ...bindings.map(({ name }) => `${STREAM}.bindings.${name}.consumer.retryable-exceptions.`),
  ].map(canonicalKey)
  const types = new Set(binders.map((type) => canonicalKey(type.name)))
  const sentences: string[] = []
  for (const given of environment.given) {
    const { key, canonical, origin } = given
    if (!canonical.startsWith('spring.cloud.stream.')) continue
    const plain = canonical.replace(/\.\d+$/, '')
    if (NOT_YET.has(plain.slice(plain.lastIndexOf('.') + 1))) {
      sentences.push(`${origin}: "${key}" is not supported yet and has no effect`)
      continue
    }
    if (byCanonical.has(canonical) || byCanonical.has(plain)) continue
    if (free.some((section) => canonical.startsWith(section))) continue
    if (isOtherBinders(canonical, types)) continue
    sentences.push(sentenceFor(given, known, bindings, declared))
  }
  return sentences
}

/** Outputs that StreamBridge makes at run time, as far as one knows: listed for it, or named as functions' outputs. */
function bridgedOutputs(
  environment: Environment,
  declared: readonly DeclaredBinding[],
  listed: readonly string[],
): readonly DeclaredBinding[] {
  const named = environment.given.flatMap(({ key }) => FUNCTION_OUTPUT.exec(key)?.[1] ?? [])
  const seen = new Set(declared.map(({ name }) => canonicalKey(name)))
  return [...new Set([...listed, ...named])]
    .filter((name) => !seen.has(canonicalKey(name)))
    .map((name) => ({ name, direction: 'output' }))
}

function knownKeys(bindings: readonly DeclaredBinding[], binders: readonly BinderType[]): readonly string[] {
  const poller = namesOf(pollerSettings).map((key) => `poller.${key}`)
  const service = [...namesOf(serviceSettings), ...poller, ...WITHOUT_EFFECT.service].map((key) => `${STREAM}.${key}`)
  const ends = [
    ...bindings.map(({ name, direction }) => ({ section: `bindings.${name}`, directions: [direction] })),
    { section: 'default', directions: ['input', 'output'] as const },
  ]
  const keys = ends.flatMap(({ section, directions }) => [
    ...namesOf(bindingSettings)
      .filter((key) => section !== 'default' || key !== 'destination')
      .map((key) => `${STREAM}.${section}.${key}`),
    ...directions.flatMap((direction) => endKeys(direction, section, binders)),
  ])
  const binderKeys = binders.flatMap((type) => namesOf(type.tables.binder).map((key) => `${type.name}.binder.${key}`))
  return [...service, ...keys, ...binderKeys.map((key) => `${STREAM}.${key}`)].map(kebabKey)
}

function endKeys(direction: 'input' | 'output', section: string, binders: readonly BinderType[]): readonly string[] {
  const end = direction === 'input' ? 'consumer' : 'producer'
  const core = namesOf(direction === 'input' ? consumerSettings : producerSettings)
  const own = binders.flatMap(({ name, tables }) => {
    const old = direction === 'input' ? tables.oldConsumerKeys : tables.oldProducerKeys
    return [...namesOf(tables[end]), ...Object.keys(old ?? {})].map(
      (key) => `${STREAM}.${name}.${section}.${end}.${key}`,
    )
  })
  return [...[...core, ...WITHOUT_EFFECT[end]].map((key) => `${STREAM}.${section}.${end}.${key}`), ...own]
}

function namesOf(table: { readonly settings: object }): readonly string[] {
  return Object.keys(table.settings)
}

/** Keys of a binder that this application does not use, for example under a test binder. */
function isOtherBinders(canonical: string, types: ReadonlySet<string>): boolean {
  const match = /^spring\.cloud\.stream\.([^.]+)\.(?:binder|bindings|default)\./.exec(canonical)
  return match?.[1] !== undefined && !types.has(match[1])
}

function sentenceFor(
  { key, canonical, origin }: GivenKey,
  known: readonly string[],
  bindings: readonly DeclaredBinding[],
  declared: readonly DeclaredBinding[],
): string {
  const start = `${origin}: unknown key "${key}" is ignored`
  const binding = /^spring\.cloud\.stream\.(?:[^.]+\.)?bindings\.([^.]+)\./.exec(canonical)?.[1]
  const names = declared.map(({ name }) => name)
  if (binding !== undefined && !bindings.some(({ name }) => canonical.includes(`.bindings.${canonicalKey(name)}.`))) {
    const near = nearest(binding, names)
    const meant = near === undefined ? '' : `; did you mean "${near}"?`
    return `${start}: the program has no binding "${binding}"${meant} (it has ${names.join(', ') || 'none'})`
  }
  const tail = binding === undefined ? undefined : canonical.slice(canonical.indexOf(`.${binding}.`))
  const elsewhere = known.find((candidate) => tail !== undefined && canonicalKey(candidate).endsWith(tail))
  const near = elsewhere ?? nearest(key, known)
  return near === undefined ? start : `${start}; did you mean "${near}"?`
}
