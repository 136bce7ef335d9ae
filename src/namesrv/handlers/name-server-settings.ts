import type { LiveConfig } from '../../base/config/index.ts'
import { codeOf, textOf } from '../../base/errors/index.ts'
import type { Logger } from '../../base/log/index.ts'
import {
  GetNamesrvConfig,
  type Handler,
  RESPONSE_CODE,
  type Route,
  route,
  UpdateNamesrvConfig,
} from '../../remoting/index.ts'
import type { NamesrvConfig } from '../config.ts'

/** Answers of a refused change by the code of its error. */
const REFUSALS: Readonly<Record<string, number>> = {
  RMQ_CONFIG_PROTECTED: RESPONSE_CODE.NO_PERMISSION,
  RMQ_CONFIG_UNKNOWN: RESPONSE_CODE.INVALID_PARAMETER,
  RMQ_CONFIG_VALUE: RESPONSE_CODE.INVALID_PARAMETER,
}

/** The name server's settings as tools read and change them. Apache: `DefaultRequestProcessor.updateConfig`, `getConfig`. */
export function settingsRoutes(live: LiveConfig<NamesrvConfig>, logger: Logger): Route[] {
  const read: Handler<typeof GetNamesrvConfig> = () => ({ body: Buffer.from(live.text()) })
  const update: Handler<typeof UpdateNamesrvConfig> = async (_request, call) => {
    const text = call.body.toString('utf8')
    try {
      const { changed } = await live.changeByText(text, call.peer.address, live.current.configBlackList)
      logger.info('settings changed', { by: call.peer.address, changed })
      return {}
    } catch (failure) {
      const code = REFUSALS[codeOf(failure) ?? '']
      if (code === undefined) throw failure
      const isProtected = code === RESPONSE_CODE.NO_PERMISSION
      return { code, remark: isProtected ? 'Can not update config in black list.' : textOf(failure) }
    }
  }
  return [route(GetNamesrvConfig, read), route(UpdateNamesrvConfig, update)]
}
