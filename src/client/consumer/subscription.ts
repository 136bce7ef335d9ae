import { parseTags, tagCodes } from '../../filter/index.ts'
import { checkTopic } from '../../message/index.ts'
import type { SubscriptionData } from '../../remoting/index.ts'
import { clientErrors } from '../errors.ts'

/**
 * Which messages of a topic are wanted: `'*'` all; `'a || b'` those with one of the tags, as does
 * `{ tags: ['a', 'b'] }`; `{ sql: "price > 10 AND region = 'eu'" }` those whose properties fit, decided by the broker.
 */
export type SubscriptionExpression = string | { readonly tags: readonly string[] } | { readonly sql: string }

/** A topic and which of its messages are wanted. */
export interface Subscription {
  readonly topic: string
  /** Default `'*'`. */
  readonly expression?: SubscriptionExpression | undefined
}

/**
 * What brokers are told. `now` becomes the version: of the members' versions the newest counts. Apache: `FilterAPI`.
 * @throws RMQ_TOPIC_ILLEGAL, RMQ_SUBSCRIPTION_ILLEGAL
 */
export function subscriptionData(topic: string, expression: SubscriptionExpression, now: number): SubscriptionData {
  checkTopic(topic)
  const common = { topic, subVersion: now, classFilterMode: false }
  if (typeof expression === 'object' && 'sql' in expression) {
    if (expression.sql.trim() === '') {
      throw clientErrors.RMQ_SUBSCRIPTION_ILLEGAL({ topic, expression: expression.sql, reason: 'the SQL is empty.' })
    }
    return { ...common, subString: expression.sql, tagsSet: [], codeSet: [], expressionType: 'SQL92' }
  }
  const text = typeof expression === 'string' ? expression : expression.tags.join(' || ')
  const tags = parseTags(text)
  if (tags === undefined) {
    const reason = 'it has no tag between its "||". Write tags such as "a || b", or "*" for all.'
    throw clientErrors.RMQ_SUBSCRIPTION_ILLEGAL({ topic, expression: text, reason })
  }
  const subString = tags.length === 0 ? '*' : text
  return { ...common, subString, tagsSet: tags, codeSet: tagCodes(tags), expressionType: 'TAG' }
}
