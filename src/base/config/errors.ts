import { defineErrors } from '../errors/index.ts'

export const configErrors = defineErrors({
  RMQ_CONFIG_VALUE: (d: { key: string; value: string; origin: string; expected: string }) =>
    `${d.origin}: ${d.key}=${d.value} is not valid: expected ${d.expected}.`,
  RMQ_CONFIG_PROTECTED: (d: { key: string }) =>
    `${d.key} may not be changed while the program runs: it is listed in configBlackList. Change the file and restart.`,
  RMQ_CONFIG_UNKNOWN: (d: { key: string; hint: string }) =>
    `There is no setting "${d.key}", so nothing was changed.${d.hint} docs/configuration.md lists all settings.`,
  RMQ_CONFIG_FILE: (d: { path: string; reason: string }) =>
    `Cannot use the configuration file "${d.path}": ${d.reason}. Check the path and its permissions.`,
})
