import type { BinderType } from './binder.ts'

const registered = new Map<string, BinderType>()

/**
 * Makes a kind of binder known to every `StreamApplication.run` of this process; the first one is the default. The
 * package's main entry does this for the binder it brings.
 */
export function registerBinder<Global extends object, Consumer extends object, Producer extends object>(
  type: BinderType<Global, Consumer, Producer>,
): void {
  registered.set(type.name, type as unknown as BinderType)
}

/** The known kinds, in order of registration. */
export function registeredBinders(): readonly BinderType[] {
  return [...registered.values()]
}
