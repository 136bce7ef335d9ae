import type { LiveConfig } from '../../base/config/index.ts'
import type { Logger } from '../../base/log/index.ts'
import {
  configRefusal,
  GetNamesrvConfig,
  type Handler,
  type Route,
  route,
  UpdateNamesrvConfig,
} from '../../remoting/index.ts'
import type { NamesrvConfig } from '../config.ts'

/**
 * The name server's settings as tools read and change them. Apache: `DefaultRequestProcessor.updateConfig`,
 * `getConfig`.
 */
export function settingsRoutes(live: LiveConfig<NamesrvConfig>, logger: Logger): Route[] {
  const read: Handler<typeof GetNamesrvConfig> = () => ({ body: Buffer.from(live.text()) })
  const update: Handler<typeof UpdateNamesrvConfig> = async (_request, call) => {
    const text = call.body.toString('utf8')
    try {
      const { changed } = await live.changeByText(text, call.peer.address, live.current.configBlackList)
      logger.info('settings changed', { by: call.peer.address, changed })
      return {}
    } catch (failure) {
      return configRefusal(failure)
    }
  }
  return [route(GetNamesrvConfig, read), route(UpdateNamesrvConfig, update)]
}
