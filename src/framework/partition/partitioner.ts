import { HEADER, type Message, type PartitionOf } from '../channels/index.ts'
import type { ProducerProperties } from '../config/index.ts'
import { frameworkErrors } from '../errors.ts'
import { compileOverValue, compileValue, hashCodeOf } from '../expression/index.ts'
import { functionOf, type Providers } from '../providers.ts'

/** Gives the key of a message, for `partition-key-extractor-name`. Spring: `PartitionKeyExtractorStrategy`. */
export type PartitionKeyExtractor = ((message: Message) => unknown) | { extractKey(message: Message): unknown }

/**
 * Gives the partition of a key, for `partition-selector-name`: any whole number, reduced to the partitions there are.
 * The number of partitions is `undefined` while nobody knows it. Spring: `PartitionSelectorStrategy`.
 */
export type PartitionSelector =
  | ((key: unknown, partitionCount: number | undefined) => number)
  | { selectPartition(key: unknown, partitionCount: number | undefined): number }

type KeyOf = (message: Message) => unknown
type Select = (key: unknown, partitionCount: number | undefined) => unknown

/**
 * How messages of an output get their partition: the header `scst_partitionOverride`, else that of their key. Without a
 * key in the configuration only the header counts. Apache: Spring Cloud Stream's `PartitionHandler.determinePartition`.
 * @throws RMQ_EXPRESSION  an expression that cannot be read
 * @throws RMQ_COMPONENT_UNKNOWN, RMQ_COMPONENT_KIND
 * @throws RMQ_CONFIG_CONFLICT  both an expression and a component
 */
export function partitioner(binding: string, properties: ProducerProperties, providers: Providers): PartitionOf {
  const where = `spring.cloud.stream.bindings.${binding}.producer`
  const keyOf = keyExtractor(properties, providers, where)
  const select = selector(properties, providers, where)
  return (message, partitionCount) => {
    const override = message.headers[HEADER.partitionOverride]
    if (override !== undefined && override !== null) return wholeNumber(binding, override, partitionCount, 'header ')
    if (keyOf === undefined) return undefined
    const key = keyOf(message)
    if (key === undefined || key === null)
      throw frameworkErrors.RMQ_PARTITION({ binding, reason: 'its key is null; give every message a key' })
    return wholeNumber(binding, select(key, partitionCount), partitionCount, '')
  }
}

function keyExtractor(
  { partitionKeyExpression: expression, partitionKeyExtractorName: name }: ProducerProperties,
  providers: Providers,
  where: string,
): KeyOf | undefined {
  exclude(expression, name, `${where}.partition-key-expression`, `${where}.partition-key-extractor-name`)
  if (name !== '') {
    const key = `${where}.partition-key-extractor-name`
    return functionOf<KeyOf>(providers.named(name, key), 'extractKey', name, key)
  }
  if (expression === '') return undefined
  const evaluate = compileValue(expression, `${where}.partition-key-expression`)
  return ({ payload, headers }) => evaluate({ headers, payload: () => payload })
}

function selector(
  { partitionSelectorExpression: expression, partitionSelectorName: name }: ProducerProperties,
  providers: Providers,
  where: string,
): Select {
  exclude(expression, name, `${where}.partition-selector-expression`, `${where}.partition-selector-name`)
  if (name !== '') {
    const key = `${where}.partition-selector-name`
    return functionOf<Select>(providers.named(name, key), 'selectPartition', name, key)
  }
  return expression === '' ? hashCodeOf : compileOverValue(expression, `${where}.partition-selector-expression`)
}

function exclude(first: string, second: string, firstKey: string, secondKey: string): void {
  if (first !== '' && second !== '') throw frameworkErrors.RMQ_CONFIG_CONFLICT({ first: firstKey, second: secondKey })
}

/** Reduced to the partitions there are, never negative. */
function wholeNumber(binding: string, value: unknown, count: number | undefined, what: string): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof number === 'number' && Number.isInteger(number))
    return Math.abs(count === undefined ? number : number % count)
  throw frameworkErrors.RMQ_PARTITION({ binding, reason: `${what}${String(value)} is not a whole number` })
}
