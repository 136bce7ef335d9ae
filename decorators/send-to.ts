import { addSendTo, checkLegacy } from './metadata.ts'

/** Method decorator: what the listener returns is sent to this output channel. */
export function SendTo(channel: string): MethodDecorator {
  return (prototype, member) => {
    checkLegacy('SendTo', member)
    addSendTo(prototype, { member, channel })
  }
}
