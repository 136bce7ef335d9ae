import { addFunction, checkLegacy, type FunctionKind } from './metadata.ts'

/**
 * Method decorator: a function of the application that takes messages. Its input is the binding `<name>-in-0`.
 *
 * Parameters are as in `@StreamListener`. Thrown or rejected: the message is tried again, then given back.
 *
 * @param name  name of the function; default: the method's. `spring.cloud.function.definition`, when set, says which
 *   functions work; `spring.cloud.stream.function.bindings.<name>-in-0` gives the binding another name.
 */
export function StreamConsumer(name?: string): MethodDecorator {
  return record('StreamConsumer', 'consumer', name)
}

/**
 * Method decorator: a function from messages of `<name>-in-0` to messages of `<name>-out-0`. What it returns, awaited,
 * is sent: nothing for `undefined` and `null`, one message for each element of an array or item of an Observable, else
 * one. Headers of the message are copied to what is sent, unless that has them.
 *
 * @param name  as in {@link StreamConsumer}
 */
export function StreamFunction(name?: string): MethodDecorator {
  return record('StreamFunction', 'function', name)
}

/**
 * Method decorator: a function without input, whose results go to `<name>-out-0`. It is called again and again, by
 * default every second (`spring.cloud.stream.poller.*`); one that returns an Observable is called once, and every item
 * is sent.
 *
 * @param name  as in {@link StreamConsumer}
 */
export function StreamSupplier(name?: string): MethodDecorator {
  return record('StreamSupplier', 'supplier', name)
}

function record(decorator: string, kind: FunctionKind, name: string | undefined): MethodDecorator {
  return (prototype, member) => {
    checkLegacy(decorator, member)
    addFunction(prototype, { member, kind, name: name ?? String(member) })
  }
}
