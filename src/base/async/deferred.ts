/** A promise with its two ends in the open. */
export interface Deferred<Value> {
  readonly promise: Promise<Value>
  resolve(value: Value | PromiseLike<Value>): void
  reject(reason: unknown): void
}

/** Makes a {@link Deferred}. */
export function deferred<Value = void>(): Deferred<Value> {
  let resolve: Deferred<Value>['resolve'] = () => undefined
  let reject: Deferred<Value>['reject'] = () => undefined
  const promise = new Promise<Value>((onValue, onReason) => {
    resolve = onValue
    reject = onReason
  })
  return { promise, resolve, reject }
}
