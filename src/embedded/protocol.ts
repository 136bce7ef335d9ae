import type { LogFields } from '../base/log/index.ts'

/** What the worker is started with. */
export interface EmbeddedSettings {
  readonly port: number
  readonly storePath: string
}

/** What the worker tells. */
export type FromWorker =
  | { readonly kind: 'ready'; readonly namesrvPort: number; readonly brokerAddress: string }
  | { readonly kind: 'failed'; readonly code: string | undefined; readonly message: string; readonly details: object }
  | {
      readonly kind: 'log'
      readonly level: 'debug' | 'info' | 'warn' | 'error'
      readonly name: string
      readonly message: string
      readonly fields: LogFields | undefined
    }
  | { readonly kind: 'closed' }

/** What the worker is told. */
export interface ToWorker {
  readonly kind: 'close'
}
