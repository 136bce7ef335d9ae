import { Slots } from '../../base/async/index.ts'
import type { StoreConfig } from '../config.ts'
import { storeErrors } from '../errors.ts'

/**
 * The memory that reads of older messages fill, all together: whoever finds too little of it free waits, in order, so
 * that a thousand consumers who come back at once take turns instead of memory.
 */
export class ColdMemory {
  readonly #bytes: Slots
  readonly #waitingMax: number

  constructor({ coldReadBytesMax, coldReadsWaitingMax }: StoreConfig) {
    this.#bytes = new Slots(coldReadBytesMax)
    this.#waitingMax = coldReadsWaitingMax
  }

  /**
   * Runs `work`, which fills `bytes` at most, when so many are free; what needs more than there are gets them all.
   * @throws RMQ_STORE_TOO_MANY_READS  (rejects)
   */
  async use<Value>(bytes: number, work: () => Promise<Value>): Promise<Value> {
    const { waiting } = this.#bytes
    if (waiting >= this.#waitingMax) throw storeErrors.RMQ_STORE_TOO_MANY_READS({ waiting })
    await this.#bytes.take(bytes)
    try {
      return await work()
    } finally {
      this.#bytes.release(bytes)
    }
  }
}
