import { addParameter, addValue, checkLegacy, type ValueType } from './metadata.ts'

/** A decorator of properties and constructor parameters. */
export type ValueDecorator = (target: object, member: string | symbol | undefined, parameterIndex?: number) => void

/**
 * Injects configuration into a property or a constructor parameter: `@Value('${server.port}', Number) port!: number`.
 * The application does not start when a placeholder has neither a value nor a default, `${server.port:8080}`.
 *
 * @param type  `String` (default), `Number` or `Boolean`
 */
export function Value(expression: string, type: ValueType = String): ValueDecorator {
  return (target, member, index) => {
    checkLegacy('Value', member)
    if (typeof index === 'number') addParameter(target, member, { index, kind: 'value', expression, type })
    else if (member !== undefined) addValue(target, { member, expression, type })
  }
}
