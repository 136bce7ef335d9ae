import { z } from '../../base/schema/index.ts'
import { type DataVersion, dataVersionSchema } from './bodies.ts'
import { type Body, defineBody } from './define-body.ts'

/**
 * How far the groups of a broker have read: `topic@group` → queue id → offset. Apache:
 * `ConsumerOffsetSerializeWrapper`.
 */
export interface ConsumerOffsetTable {
  readonly offsetTable: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** Group → topics: what the keys of the other table say already. */
  readonly groupTopicMap?: Readonly<Record<string, readonly string[]>> | undefined
  /** Of groups of light queues: `topic@group` → offset. In lmqConsumerOffset.json only. */
  readonly lmqOffsetTable?: Readonly<Record<string, number>> | undefined
  readonly dataVersion: DataVersion
}

/** How far the delay levels of a broker were delivered: level → offset. Apache: `DelayOffsetSerializeWrapper`. */
export interface DelayOffsetTable {
  readonly offsetTable: Readonly<Record<string, number>>
  readonly dataVersion: DataVersion
}

const noVersion: DataVersion = { counter: 0, stateVersion: 0, timestamp: 0 }
const dataVersion = dataVersionSchema.nullish().transform((version) => version ?? noVersion)

/** What consumerOffset.json holds; also the body of the reply to GET_ALL_CONSUMER_OFFSET. */
export const consumerOffsetBody: Body<ConsumerOffsetTable> = defineBody(
  'a table of consumer offsets',
  z.object({
    offsetTable: z
      .record(z.string(), z.record(z.string(), z.number()))
      .nullish()
      .transform((table) => table ?? {}),
    lmqOffsetTable: z.record(z.string(), z.number()).optional(),
    dataVersion,
  }),
)
/** What delayOffset.json holds; also the body of the reply to GET_ALL_DELAY_OFFSET. */
export const delayOffsetBody: Body<DelayOffsetTable> = defineBody(
  'a table of delay offsets',
  z.object({
    offsetTable: z
      .record(z.string(), z.number())
      .nullish()
      .transform((table) => table ?? {}),
    dataVersion,
  }),
)
