import type { OrderedCall } from '../../kit/order-check.ts'
import type { Judge } from './judge.ts'

/** A line of a driver, at the begin or the end of a call. */
interface CallLine {
  readonly begin?: string
  readonly end?: string
  readonly queueId?: number
  readonly ok?: boolean
  readonly at?: number
}

/** The calls that drivers reported so far; `killedAt`: when those were killed that were. */
export function callsOf(members: readonly Judge[], killedAt: ReadonlyMap<Judge, number> = new Map()): OrderedCall[] {
  return members.flatMap((member, index) => {
    const calls: OrderedCall[] = []
    const open = new Map<string, OrderedCall>()
    for (const { begin, end, queueId = 0, at = 0, ok = false } of member.lines as readonly CallLine[]) {
      if (begin !== undefined) {
        const [key = '', number = ''] = begin.split(':')
        open.set(begin, {
          member: `${index}`,
          queueId,
          key,
          number: Number(number),
          beganAt: at,
          endedAt: 0,
          ok: false,
        })
      } else if (end !== undefined) {
        calls.push({ ...(open.get(end) as OrderedCall), endedAt: at, ok })
        open.delete(end)
      }
    }
    const endedAt = killedAt.get(member) ?? Number.POSITIVE_INFINITY
    return [...calls, ...[...open.values()].map((call) => ({ ...call, endedAt }))]
  })
}
