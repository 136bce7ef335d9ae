import { defineErrors } from '../base/errors/index.ts'

export const namesrvErrors = defineErrors({
  RMQ_KV_CONFIG_UNREADABLE: (d: { path: string; reason: string }) =>
    `The name server's key-value file "${d.path}" cannot be read: ${d.reason}. Check its permissions, repair or remove it, or set kvConfigPath.`,
})
