/** One call of a listener that keeps order, with the message it was given. */
export interface OrderedCall {
  /** Which process made it. */
  readonly member: string
  readonly queueId: number
  readonly key: string
  /** 0, 1, 2 … within the key, in the order of sending; all messages of a key are in one queue. */
  readonly number: number
  /** Epoch ms. */
  readonly beganAt: number
  /** Epoch ms; of a call that a kill ended, the time of the kill. */
  readonly endedAt: number
  /** Whether the listener took the message. */
  readonly ok: boolean
}

/** What a run must have been like. */
export interface OrderWanted {
  /** Messages of each key. */
  readonly numbers: ReadonlyMap<string, number>
  /**
   * Whether this call may repeat what was done before, because its member may have begun anew at the recorded progress:
   * another member was killed, or the group's members changed, since the call before it of the same key.
   */
  readonly mayRepeat: (call: OrderedCall, before: OrderedCall) => boolean
}

/**
 * Judges calls made by a whole group; gives what was wrong, nothing when the order was kept:
 *
 * 1. Calls of one queue never overlap, whoever makes them.
 * 2. Nothing is skipped: number n of a key begins only after all of 0 … n-1 have been taken.
 * 3. Nothing is repeated once it was taken, except at a beginning anew (`mayRepeat`): then the calls of the queue may
 *    go back, by any number of messages, and from there on go forward without gaps again. A message that was refused
 *    comes again before any other of its key.
 * 4. In the end every message was taken.
 */
export function orderProblems(calls: readonly OrderedCall[], { numbers, mayRepeat }: OrderWanted): string[] {
  const problems: string[] = []
  /** Per key: how many were taken, from the first one on. */
  const taken = new Map<string, number>()
  /** Per key: the number that must come next, as long as nobody begins anew. */
  const next = new Map<string, number>()
  const lastOfQueue = new Map<number, OrderedCall>()
  const lastOfKey = new Map<string, OrderedCall>()
  for (const call of calls.toSorted((left, right) => left.beganAt - right.beganAt)) {
    const { key, number, queueId } = call
    const name = `${key}:${number} in queue ${queueId} at ${call.member}`
    const inQueue = lastOfQueue.get(queueId)
    if (inQueue !== undefined && call.beganAt < inQueue.endedAt)
      problems.push(`${name} overlaps ${inQueue.key}:${inQueue.number} at ${inQueue.member}`)
    const before = lastOfKey.get(key)
    const expected = next.get(key) ?? 0
    if (number > (taken.get(key) ?? 0)) problems.push(`${name} skips ${taken.get(key) ?? 0}`)
    else if (number > expected) problems.push(`${name} skips ${expected}`)
    else if (number < expected && (before === undefined || !mayRepeat(call, before)))
      problems.push(`${name} repeats, ${expected} was next`)
    next.set(key, call.ok ? number + 1 : number)
    if (call.ok) taken.set(key, Math.max(taken.get(key) ?? 0, number + 1))
    lastOfQueue.set(queueId, call)
    lastOfKey.set(key, call)
  }
  for (const [key, count] of numbers)
    if (taken.get(key) !== count) problems.push(`of ${key} were taken ${taken.get(key) ?? 0} of ${count}`)
  return problems
}
