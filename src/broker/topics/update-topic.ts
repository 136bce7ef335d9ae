import { topicFault } from '../../message/index.ts'
import { type Handler, RESPONSE_CODE, type TopicConfig, type UpdateTopic } from '../../remoting/index.ts'
import type { BrokerConfig } from '../config.ts'
import { isSystemTopic } from './system-topics.ts'
import { type TopicTable, topicConfig } from './topic-table.ts'

/** Attributes a topic may have; those that are true can be set only when it is created. Apache: `TopicAttributes`. */
const ATTRIBUTES: Readonly<Record<string, { readonly isFixed: boolean }>> = {
  'queue.type': { isFixed: true },
  'cleanup.policy': { isFixed: true },
  'message.type': { isFixed: false },
  'reserve.time': { isFixed: false },
}

/** Creates a topic or changes its settings. Apache: `AdminBrokerProcessor.updateAndCreateTopic` (5.3.3). */
export function updateTopic(topics: TopicTable, config: BrokerConfig): Handler<typeof UpdateTopic> {
  return (request) => {
    const { topic: name, readQueueNums, writeQueueNums, perm } = request
    const fault = topicFault(name)
    if (fault !== undefined) return { code: RESPONSE_CODE.INVALID_PARAMETER, remark: fault }
    if (config.validateSystemTopicWhenUpdateTopic && isSystemTopic(name, config)) {
      const remark = `The topic[${name}] is conflict with system topic.`
      return { code: RESPONSE_CODE.INVALID_PARAMETER, remark }
    }
    const known = topics.get(name)?.config
    const attributes = changeAttributes(known, request.attributes ?? '')
    if (typeof attributes === 'string') return { code: RESPONSE_CODE.SYSTEM_ERROR, remark: attributes }
    const wanted: TopicConfig = {
      ...topicConfig(name, readQueueNums, { perm, order: request.order ?? false }),
      writeQueueNums,
      topicFilterType: request.topicFilterType ?? 'SINGLE_TAG',
      topicSysFlag: request.topicSysFlag ?? 0,
      attributes,
    }
    if (known === undefined || !isSame(known, wanted)) topics.put(wanted)
    return {}
  }
}

/**
 * Applies `+key=value,-key`; a text is the reason why that cannot be. Apache: `AttributeUtil.alterCurrentAttributes`.
 */
function changeAttributes(known: TopicConfig | undefined, changes: string): Record<string, string> | string {
  const attributes: Record<string, string> = { ...known?.attributes }
  for (const change of changes.split(',')) {
    if (change === '') continue
    const [key = '', value = ''] = change.slice(1).split('=')
    const isAdded = change.startsWith('+')
    if (!isAdded && !change.startsWith('-')) return `add/alter attribute format is wrong: ${change}`
    if (!Object.hasOwn(ATTRIBUTES, key)) return `unsupported key: ${key}`
    if (known === undefined && !isAdded) return 'only add attribute is supported while creating topic.'
    if (known !== undefined && ATTRIBUTES[key]?.isFixed === true)
      return `attempt to update an unchangeable attribute. key: ${key}`
    if (isAdded) attributes[key] = value
    else delete attributes[key]
  }
  return attributes
}

function isSame(left: TopicConfig, right: TopicConfig): boolean {
  const text = (config: TopicConfig): string =>
    JSON.stringify([
      config.readQueueNums,
      config.writeQueueNums,
      config.perm,
      config.topicFilterType,
      config.topicSysFlag,
      config.order,
      Object.entries(config.attributes).sort(),
    ])
  return text(left) === text(right)
}
