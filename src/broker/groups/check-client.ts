import { textOf } from '../../base/errors/index.ts'
import { SqlFilter } from '../../filter/index.ts'
import { type CheckClientConfig, checkClientBody, type Handler, RESPONSE_CODE } from '../../remoting/index.ts'
import { isTagExpression, noPropertyFilter, SQL92 } from '../subscriptions/expression-type.ts'

/**
 * Says whether a subscription's expression can be used; what is wrong with it stands in the remark. Apache:
 * `ClientManageProcessor.checkClientConfig` (5.3.3).
 */
export function checkClient(filtersProperties: boolean): Handler<typeof CheckClientConfig> {
  return (_request, call) => {
    const { expressionType, subString } = checkClientBody.decode(call.body).subscriptionData
    if (isTagExpression(expressionType)) return {}
    if (!filtersProperties) return { code: RESPONSE_CODE.SYSTEM_ERROR, remark: noPropertyFilter(expressionType) }
    if (expressionType !== SQL92) {
      const remark = `Expressions of type ${expressionType} are unknown; write one of type ${SQL92} or TAG.`
      return { code: RESPONSE_CODE.SUBSCRIPTION_PARSE_FAILED, remark }
    }
    try {
      new SqlFilter(subString)
      return {}
    } catch (failure) {
      return { code: RESPONSE_CODE.SUBSCRIPTION_PARSE_FAILED, remark: textOf(failure) }
    }
  }
}
