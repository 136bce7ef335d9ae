import { z } from '../../base/schema/index.ts'
import { type DataVersion, dataVersionSchema } from './bodies.ts'
import { type Body, defineBody } from './define-body.ts'

/** A consumer group's settings at a broker. Apache: `SubscriptionGroupConfig`. */
export interface GroupConfig {
  readonly groupName: string
  readonly consumeEnable: boolean
  readonly consumeFromMinEnable: boolean
  readonly consumeBroadcastEnable: boolean
  readonly consumeMessageOrderly: boolean
  readonly retryQueueNums: number
  readonly retryMaxTimes: number
  /** Carried for pop consumers, not looked at by the broker. */
  readonly groupRetryPolicy: Readonly<Record<string, unknown>>
  readonly brokerId: number
  readonly whichBrokerWhenConsumeSlowly: number
  readonly notifyConsumerIdsChangedEnable: boolean
  readonly groupSysFlag: number
  readonly consumeTimeoutMinute: number
  readonly attributes: Readonly<Record<string, string>>
}

const groupConfig: z.ZodType<GroupConfig> = z.object({
  groupName: z.string(),
  consumeEnable: z.boolean().default(true),
  consumeFromMinEnable: z.boolean().default(true),
  consumeBroadcastEnable: z.boolean().default(true),
  consumeMessageOrderly: z.boolean().default(false),
  retryQueueNums: z.number().default(1),
  retryMaxTimes: z.number().default(16),
  groupRetryPolicy: z
    .record(z.string(), z.unknown())
    .nullish()
    .transform((policy) => policy ?? { type: 'CUSTOMIZED' }),
  brokerId: z.number().default(0),
  whichBrokerWhenConsumeSlowly: z.number().default(1),
  notifyConsumerIdsChangedEnable: z.boolean().default(true),
  groupSysFlag: z.number().default(0),
  consumeTimeoutMinute: z.number().default(15),
  attributes: z
    .record(z.string(), z.string())
    .nullish()
    .transform((attributes) => attributes ?? {}),
})

/** A broker's consumer groups. Apache: `SubscriptionGroupWrapper`. */
export interface GroupTable {
  readonly subscriptionGroupTable: Readonly<Record<string, GroupConfig>>
  /** Group → topic → bits of what is forbidden. */
  readonly forbiddenTable: Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly dataVersion: DataVersion
}

/** Body of UPDATE_AND_CREATE_SUBSCRIPTIONGROUP and of the reply to GET_SUBSCRIPTIONGROUP_CONFIG. */
export const groupConfigBody: Body<GroupConfig> = defineBody('a consumer group', groupConfig)
/** Body of the reply to GET_ALL_SUBSCRIPTIONGROUP_CONFIG; also what subscriptionGroup.json holds. */
export const groupTableBody: Body<GroupTable> = defineBody(
  'a group table',
  z.object({
    subscriptionGroupTable: z
      .record(z.string(), groupConfig)
      .nullish()
      .transform((table) => table ?? {}),
    forbiddenTable: z
      .record(z.string(), z.record(z.string(), z.number()))
      .nullish()
      .transform((table) => table ?? {}),
    dataVersion: dataVersionSchema,
  }),
)
