import type { Logger } from '../base/log/index.ts'
import type { SubscriptionExpression } from '../client/index.ts'

const SQL = 'sql:'
/**
 * The README of Spring Cloud Alibaba writes `tag:red || blue`, whose code takes the prefix for a part of the first tag.
 */
const TAG = 'tag:'

/**
 * What the property `subscription` means: `sql:` and SQL over the message's properties; else tags, `a || b`, with
 * `tag:` in front or not; nothing or `*`: every message.
 */
export function subscriptionOf(binding: string, subscription: string, logger: Logger): SubscriptionExpression {
  const text = subscription.trim()
  if (/^(['"]).*\1$/s.test(text)) {
    logger.warn(
      `binding "${binding}": the quotes in subscription=${text} belong to the tag, since values are not quoted in a ` +
        `properties file; remove them unless the tag has them`,
    )
  }
  if (text.startsWith(SQL)) return { sql: text.slice(SQL.length).trim() }
  const tags = text.startsWith(TAG) ? text.slice(TAG.length).trim() : text
  return tags === '' ? '*' : tags
}
