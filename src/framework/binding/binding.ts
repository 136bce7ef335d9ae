import type { BindingState, BoundConsumer, BoundProducer } from '../binder/index.ts'

/** A binding of the running application: what it is, how it stands, and its four commands. */
export interface Binding {
  readonly name: string
  readonly direction: 'input' | 'output'
  /** Topics; several only for inputs. */
  readonly destinations: readonly string[]
  /** Consumer group of an input, the anonymous one included. */
  readonly group: string | undefined
  /** Name of the binder. */
  readonly binder: string
  /** `stopped`, `running` or `paused`. */
  readonly state: BindingState
  /** Starts it again after {@link stop}; harmless when it runs. */
  start(): Promise<void>
  /** Stops it and waits for what is under way; harmless when it is stopped. */
  stop(): Promise<void>
  /** An input takes no more messages but stays in its group; an output does nothing. */
  pause(): Promise<void>
  /** Goes on after {@link pause}. */
  resume(): Promise<void>
}

/** The names of a binding. */
export type BindingFacts = Pick<Binding, 'name' | 'destinations' | 'binder'>

/** A running input as users see it. */
export function inputBinding(facts: BindingFacts, bound: BoundConsumer): Binding {
  return {
    ...facts,
    direction: 'input',
    group: bound.group,
    get state() {
      return bound.state
    },
    start: () => bound.start(),
    stop: () => bound.stop(),
    pause: () => bound.pause(),
    resume: () => bound.resume(),
  }
}

/** A running output as users see it. */
export function outputBinding(facts: BindingFacts, bound: BoundProducer): Binding {
  return {
    ...facts,
    direction: 'output',
    group: undefined,
    get state() {
      return bound.state
    },
    start: () => bound.start(),
    stop: () => bound.stop(),
    pause: async () => undefined,
    resume: async () => undefined,
  }
}
