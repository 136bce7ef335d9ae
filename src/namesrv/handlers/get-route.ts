import { FAQ, type GetRoute, type Handler, RESPONSE_CODE, routeBody } from '../../remoting/index.ts'
import type { NamesrvConfig } from '../config.ts'
import { type KvConfig, ORDER_TOPIC_NAMESPACE } from '../kv-config/kv-config.ts'
import type { RouteTable } from '../route-table/route-table.ts'

/** Tells where a topic lives. Apache: `ClientRequestProcessor.getRouteInfoByTopic` (5.3.3). */
export function getRoute(table: RouteTable, kv: KvConfig, config: NamesrvConfig): Handler<typeof GetRoute> {
  return ({ topic }) => {
    const route = table.route(topic)
    if (route === undefined) {
      const remark = `No topic route info in name server for the topic: ${topic}${FAQ}`
      return { code: RESPONSE_CODE.TOPIC_NOT_EXIST, remark }
    }
    const orderTopicConf = config.orderMessageEnable ? kv.get(ORDER_TOPIC_NAMESPACE, topic) : undefined
    return { body: routeBody.encode({ ...route, orderTopicConf }) }
  }
}
