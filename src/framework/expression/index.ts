// Expressions over messages.
export { compileCondition, compileOverValue, compileValue, type MessageView } from './expression.ts'
export { hashCodeOf } from './operations.ts'
