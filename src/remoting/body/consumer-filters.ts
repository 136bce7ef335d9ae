import { z } from '../../base/schema/index.ts'
import { type Body, defineBody } from './define-body.ts'

/** The filter of one consumer group in one topic. Apache: `ConsumerFilterData`. */
export interface ConsumerFilterData {
  readonly consumerGroup: string
  readonly topic: string
  readonly expression: string
  readonly expressionType: string
  /** When the expression was first seen, epoch ms. */
  readonly bornTime: number
  /** When the group's last consumer left, epoch ms; 0 while there is one. */
  readonly deadTime: number
  /** What follows from the two times; for those who read the file. */
  readonly dead: boolean
  /** Version of the subscription. */
  readonly clientVersion: number
  /** The group's bits in the bit maps of the topic's messages. */
  readonly bloomFilterData: { readonly bitNum: number; readonly bitPos: readonly number[] }
}

/** The filters of a broker's consumer groups: topic → group. Apache: `ConsumerFilterManager`. */
export interface ConsumerFilterTable {
  readonly filterDataByTopic: Readonly<
    Record<string, { readonly topic: string; readonly groupFilterData: Readonly<Record<string, ConsumerFilterData>> }>
  >
}

const filterData: z.ZodType<ConsumerFilterData> = z.object({
  consumerGroup: z.string(),
  topic: z.string(),
  expression: z.string(),
  expressionType: z.string(),
  bornTime: z.number().default(0),
  deadTime: z.number().default(0),
  dead: z.boolean().default(false),
  clientVersion: z.number().default(0),
  bloomFilterData: z
    .object({ bitNum: z.number(), bitPos: z.array(z.number()) })
    .nullish()
    .transform((bits) => bits ?? { bitNum: 0, bitPos: [] }),
})

/** What consumerFilter.json holds. */
export const consumerFilterBody: Body<ConsumerFilterTable> = defineBody(
  'a table of consumer filters',
  z.object({
    filterDataByTopic: z
      .record(
        z.string(),
        z.object({
          topic: z.string().default(''),
          groupFilterData: z
            .record(z.string(), filterData)
            .nullish()
            .transform((groups) => groups ?? {}),
        }),
      )
      .nullish()
      .transform((topics) => topics ?? {}),
  }),
)
