// Time as a port.
export { type Clock, systemClock, type Timer, type TimerOptions } from './clock.ts'
export { SimulatedClock } from './simulated-clock.ts'
