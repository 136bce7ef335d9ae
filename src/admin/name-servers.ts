import { parseProperties } from '../base/config/index.ts'
import {
  AddWritePermission,
  DeleteKvConfig,
  GetNamesrvConfig,
  PutKvConfig,
  UpdateNamesrvConfig,
  WipeWritePermission,
} from '../remoting/index.ts'
import type { AdminConnection } from './admin-connection.ts'
import { propertiesText } from './properties-text.ts'

/** The name servers, all of them at once. */
export interface NameServerOperations {
  /** Their addresses. */
  readonly addresses: readonly string[]
  /** Their settings: address → key → text. */
  config(): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>>
  /**
   * Changes settings of all of them.
   * @throws RMQ_REFUSED  `details.responseCode` 16: a key is protected
   */
  updateConfig(changes: Readonly<Record<string, string>>): Promise<void>
  /**
   * Gives (true) or takes the write permission of all topics of a broker; resolves to how many those are, by address.
   */
  setWritable(brokerName: string, writable: boolean): Promise<ReadonlyMap<string, number>>
  /** Sets a value of the key-value configuration at all of them. */
  putValue(namespace: string, key: string, value: string): Promise<void>
  /** Removes one. */
  deleteValue(namespace: string, key: string): Promise<void>
}

/** @see NameServerOperations */
export function nameServerOperations(connection: AdminConnection): NameServerOperations {
  return {
    addresses: connection.nameServers,
    async config() {
      const answers = await connection.askNameServers(GetNamesrvConfig, {})
      return new Map(
        answers.map(({ address, answer }) => {
          const { entries } = parseProperties(answer.body.toString('utf8'), address)
          return [address, new Map([...entries].map(([key, { text }]) => [key, text]))]
        }),
      )
    },
    async updateConfig(changes) {
      await connection.askNameServers(UpdateNamesrvConfig, {}, { body: propertiesText(changes) })
    },
    async setWritable(brokerName, writable) {
      if (writable) {
        const answers = await connection.askNameServers(AddWritePermission, { brokerName })
        return new Map(answers.map(({ address, answer }) => [address, answer.header.addTopicCount]))
      }
      const answers = await connection.askNameServers(WipeWritePermission, { brokerName })
      return new Map(answers.map(({ address, answer }) => [address, answer.header.wipeTopicCount]))
    },
    async putValue(namespace, key, value) {
      await connection.askNameServers(PutKvConfig, { namespace, key, value })
    },
    async deleteValue(namespace, key) {
      await connection.askNameServers(DeleteKvConfig, { namespace, key })
    },
  }
}
