import { type Handler, RESPONSE_CODE, type ViewMessageById } from '../../remoting/index.ts'
import type { MessageStore } from '../../store/index.ts'

/** One record by its commit log position. Apache: `QueryMessageProcessor.viewMessageById` (5.3.3). */
export function viewMessage(store: MessageStore): Handler<typeof ViewMessageById> {
  return async ({ offset }) => {
    const record = await store.recordAt(offset)
    if (record !== undefined) return { body: record }
    return { code: RESPONSE_CODE.SYSTEM_ERROR, remark: `can not find message by the offset, ${offset}` }
  }
}
