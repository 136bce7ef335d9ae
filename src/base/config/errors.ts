import { defineErrors } from '../errors/index.ts'

export const configErrors = defineErrors({
  RMQ_CONFIG_VALUE: (d: { key: string; value: string; origin: string; expected: string }) =>
    `${d.origin}: ${d.key}=${d.value} is not valid: expected ${d.expected}.`,
  RMQ_CONFIG_FILE: (d: { path: string; reason: string }) =>
    `Cannot read the configuration file "${d.path}": ${d.reason}. Check the path and its permissions.`,
})
