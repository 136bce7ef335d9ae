import { binderErrors } from './errors.ts'
import type { BinderProperties } from './properties.ts'

/** Properties that RocketMQ has and this version cannot honour: refused, because ignoring them would change what a program does. */
interface Refusal {
  readonly key: keyof BinderProperties & string
  readonly harmless: (value: unknown) => boolean
  readonly reason: string
}

const empty = (value: unknown): boolean => value === ''
const off = (value: unknown): boolean => value === false

const REFUSED: readonly Refusal[] = [
  {
    key: 'accessKey',
    harmless: empty,
    reason: 'requests are not signed, so a broker with access control would refuse them',
  },
  {
    key: 'secretKey',
    harmless: empty,
    reason: 'requests are not signed, so a broker with access control would refuse them',
  },
  { key: 'namespace', harmless: empty, reason: 'topics and groups are used by their plain names' },
  { key: 'useTls', harmless: off, reason: 'connections are not encrypted' },
]

/** @throws RMQ_PROPERTY_UNSUPPORTED */
export function checkBinder(name: string, config: BinderProperties): void {
  for (const { key, harmless, reason } of REFUSED) {
    const value = config[key]
    if (harmless(value)) continue
    throw binderErrors.RMQ_PROPERTY_UNSUPPORTED({ binding: `binder "${name}"`, key, value: String(value), reason })
  }
}
