/** What `@Input(name, …)` is given for an input that is polled; two copies of this package have the same one. */
export const POLLABLE: unique symbol = Symbol.for('rocketstream:pollable')
