// Waiting. `new Promise` lives here and nowhere else.
export { type Deferred, deferred } from './deferred.ts'
export { KeyedMutex } from './mutex.ts'
export { Slots } from './slots.ts'
export { nextTurn, sleep, untilAborted, withTimeout } from './wait.ts'
