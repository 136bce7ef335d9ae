// Opening and closing: who opens, closes; last opened, first closed.
export { Scope } from './scope.ts'
