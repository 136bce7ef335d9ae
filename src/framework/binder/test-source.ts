import type { Message } from '../channels/index.ts'
import type { BindingState, BoundSource, PolledMessage, SourceRequest } from './binder.ts'
import type { InputDestination } from './test-destinations.ts'

/** A polled input of the test binder: what was sent waits here; a refused message is among `TestBinder.refused`. */
export function testSource(
  { destinations, group = 'anonymous' }: SourceRequest,
  input: InputDestination,
  onRefused: (message: Message<Buffer>, destination: string) => void,
): BoundSource {
  let state: BindingState = 'stopped'
  let waiting: readonly Message<Buffer>[] = []
  const handler = async (message: Message<Buffer>): Promise<void> => {
    waiting = [...waiting, message]
  }
  const stop = async (): Promise<void> => {
    state = 'stopped'
    await input.remove(handler)
  }
  const take = async (): Promise<PolledMessage | undefined> => {
    const [message, ...rest] = waiting
    if (message === undefined || state !== 'running') return undefined
    waiting = rest
    return {
      message,
      acknowledge: async (how) => {
        if (how === 'requeue') waiting = [message, ...waiting]
        if (how === 'reject') onRefused(message, destinations[0] ?? '')
      },
    }
  }
  return {
    group,
    policy: 'kept in memory until polled',
    get state() {
      return state
    },
    start: async () => {
      state = 'running'
      const isRunning = (): BindingState => (state === 'stopped' ? 'stopped' : 'running')
      input.add({ destinations, group, handler, batchHandler: undefined, state: isRunning })
    },
    stop,
    pause: async () => {
      if (state === 'running') state = 'paused'
    },
    resume: async () => {
      if (state === 'paused') state = 'running'
    },
    take,
    onFailure: () => 'requeue',
    [Symbol.asyncDispose]: stop,
  }
}
