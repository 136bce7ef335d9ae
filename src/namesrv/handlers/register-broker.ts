import { crc32 } from '../../base/bytes/index.ts'
import type { Logger } from '../../base/log/index.ts'
import type { Clock } from '../../base/time/index.ts'
import { type Handler, kvTableBody, type Peer, RESPONSE_CODE, type RegisterBroker } from '../../remoting/index.ts'
import type { NamesrvConfig } from '../config.ts'
import { type KvConfig, ORDER_TOPIC_NAMESPACE } from '../kv-config/kv-config.ts'
import type { RouteTable } from '../route-table/route-table.ts'
import { decodeRegisterBody } from './register-body.ts'

/** Takes a broker and its topics in. Apache: `DefaultRequestProcessor.registerBroker` (5.3.3). */
export function registerBroker(
  table: RouteTable,
  kv: KvConfig,
  config: NamesrvConfig,
  clock: Clock,
  logger: Logger,
): Handler<typeof RegisterBroker> {
  const registered = new WeakMap<Peer, Set<string>>()
  return (request, call) => {
    if (request.bodyCrc32 !== undefined && request.bodyCrc32 !== 0 && request.bodyCrc32 !== crc32(call.body)) {
      return { code: RESPONSE_CODE.SYSTEM_ERROR, remark: 'crc32 not match' }
    }
    const { clusterName: cluster, brokerName, brokerId, brokerAddr: address } = request
    const { dataVersion, topicConfigTable } = decodeRegisterBody(call.body, request.compressed ?? false, call.version)
    const result = table.register(
      {
        cluster,
        brokerName,
        brokerId,
        address,
        haAddress: request.haServerAddr,
        timeoutMs: request.heartbeatTimeoutMillis,
        enableActingMaster: request.enableActingMaster,
        dataVersion,
        topics: topicConfigTable,
      },
      clock.now(),
    )
    if (result === 'failed') return { code: RESPONSE_CODE.SYSTEM_ERROR, remark: 'register broker failed' }

    // A broker lives as long as the connection it registered on, so its loss is noticed at once.
    const onThisPeer = registered.get(call.peer) ?? new Set()
    registered.set(call.peer, onThisPeer)
    if (!onThisPeer.has(address)) {
      onThisPeer.add(address)
      logger.info('broker registered', { broker: brokerName, address, topics: Object.keys(topicConfigTable).length })
      call.peer.onClose(() => {
        logger.info('broker gone: its connection is closed', { broker: brokerName, address })
        table.unregister(cluster, brokerName, brokerId, address)
      })
    }
    const orderTopics = config.returnOrderTopicConfigToBroker ? kv.list(ORDER_TOPIC_NAMESPACE) : undefined
    return {
      header: result === 'done' ? {} : { masterAddr: result.masterAddress, haServerAddr: result.haAddress },
      ...(orderTopics === undefined ? {} : { body: kvTableBody.encode({ table: orderTopics }) }),
    }
  }
}
