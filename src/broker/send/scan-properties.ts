// Hot path: one pass over the properties string of every sent message.
import { PROPERTY } from '../../message/index.ts'

const NAME_END = '\u0001'
const ENTRY_END = '\u0002'
const LETTER_D = 0x44
const LETTER_I = 0x49
const LETTER_T = 0x54
const LETTER_U = 0x55
const LETTER_W = 0x57
const TIMER_PREFIX = 'TIMER_DE'

/** What a broker wants to know of the properties of a sent message. Of a repeated name the last counts. */
export class SendProperties {
  /** `undefined`: the client gave none. */
  uniqueKey: string | undefined
  /** 0: deliver at once. */
  delayLevel = 0
  waitStoreOk = true
  /** Whether it is the first half of a transaction. */
  isTransactional = false
  /** Whether it asks for a delivery time. */
  isTimer = false
  /** Whether it says how many messages are inside it. */
  isCounted = false

  /** Reads `text`; what was read before is forgotten. */
  scan(text: string): void {
    this.uniqueKey = undefined
    this.delayLevel = 0
    this.waitStoreOk = true
    this.isTransactional = false
    this.isTimer = false
    this.isCounted = false
    let start = 0
    while (start < text.length) {
      let end = text.indexOf(ENTRY_END, start)
      if (end === -1) end = text.length
      const middle = text.indexOf(NAME_END, start)
      if (middle === -1) return
      if (middle > start && middle < end - 1) this.#entry(text, start, middle, end)
      start = end + 1
    }
  }

  #entry(text: string, start: number, middle: number, end: number): void {
    switch (text.charCodeAt(start)) {
      case LETTER_U:
        if (isNamed(text, start, middle, PROPERTY.uniqueKey)) this.uniqueKey = text.slice(middle + 1, end)
        break
      case LETTER_W:
        if (isNamed(text, start, middle, PROPERTY.waitStoreOk))
          this.waitStoreOk = text.slice(middle + 1, end) !== 'false'
        break
      case LETTER_D:
        if (isNamed(text, start, middle, PROPERTY.delayLevel)) this.delayLevel = level(text.slice(middle + 1, end))
        break
      case LETTER_I:
        this.isCounted ||= isNamed(text, start, middle, PROPERTY.innerMessages)
        break
      case LETTER_T:
        if (isNamed(text, start, middle, PROPERTY.transactionPrepared)) {
          this.isTransactional = text.slice(middle + 1, end).toLowerCase() === 'true'
        } else if (text.startsWith(TIMER_PREFIX, start)) {
          this.isTimer ||= isTimerName(text.slice(start, middle))
        }
        break
      default:
    }
  }
}

function isNamed(text: string, start: number, middle: number, name: string): boolean {
  return middle - start === name.length && text.startsWith(name, start)
}

function isTimerName(name: string): boolean {
  return name === PROPERTY.timerDelaySec || name === PROPERTY.timerDelayMs || name === PROPERTY.timerDeliverMs
}

function level(text: string): number {
  const value = Number(text)
  return Number.isInteger(value) ? value : 0
}
