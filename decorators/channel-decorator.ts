import { addChannel, addParameter, checkLegacy } from './metadata.ts'

/** A decorator of members and of parameters, as `@Input` and `@Output` are. */
export interface ChannelDecorator {
  (target: object, member: string | symbol | undefined, parameterIndex: number): void
  (target: object, member: string | symbol, descriptor?: PropertyDescriptor): void
}

/** Records a channel by whatever was decorated. */
export function channelDecorator(
  direction: 'input' | 'output',
  name: string | undefined,
  polled = false,
): ChannelDecorator {
  return (target: object, member: string | symbol | undefined, third?: PropertyDescriptor | number): void => {
    checkLegacy(direction === 'input' ? 'Input' : 'Output', member)
    if (typeof third === 'number') {
      addParameter(target, member, { index: third, kind: 'channel', direction, channel: name ?? '' })
    } else if (member !== undefined) {
      addChannel(target, { direction, channel: name ?? String(member), polled, member })
    }
  }
}
