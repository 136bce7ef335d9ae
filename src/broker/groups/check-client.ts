import { type CheckClientConfig, checkClientBody, type Handler, RESPONSE_CODE } from '../../remoting/index.ts'

/** The remark for expressions that this broker cannot evaluate. */
export const NO_PROPERTY_FILTER = 'The broker does not support consumer to filter message by '

/** Says whether a subscription's expression can be used. Apache: `ClientManageProcessor.checkClientConfig` (5.3.3). */
export function checkClient(): Handler<typeof CheckClientConfig> {
  return (_request, call) => {
    const { expressionType } = checkClientBody.decode(call.body).subscriptionData
    if (expressionType === 'TAG') return {}
    return { code: RESPONSE_CODE.SYSTEM_ERROR, remark: NO_PROPERTY_FILTER + expressionType }
  }
}
