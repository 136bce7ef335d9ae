// Errors: a table, a code, a cause, a next step.
export { defineErrors } from './define-errors.ts'
export { codeOf, RocketMQError, textOf, toError } from './rocketmq-error.ts'
