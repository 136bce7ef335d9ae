import { frameworkErrors } from '../errors.ts'

/**
 * Whether a profile expression such as `prod & !eu | (a & b)` holds. A comma list means any of them.
 * @throws RMQ_CONFIG_PROFILE  it is not an expression
 */
export function profileMatches(expression: string, active: ReadonlySet<string>, origin: string): boolean {
  const tokens = expression.match(/[!&|(),]|[^!&|(),\s]+/g) ?? []
  let at = 0
  const fail = (): never => {
    throw frameworkErrors.RMQ_CONFIG_PROFILE({ expression, origin })
  }
  const operand = (): boolean => {
    const token = tokens[at++]
    if (token === '!') return !operand()
    if (token === '(') {
      const inner = alternatives()
      return tokens[at++] === ')' ? inner : fail()
    }
    return token === undefined || /[&|),]/.test(token) ? fail() : active.has(token)
  }
  const conjunction = (): boolean => {
    let holds = operand()
    while (tokens[at] === '&') {
      at++
      holds = operand() && holds
    }
    return holds
  }
  const alternatives = (): boolean => {
    let holds = conjunction()
    while (tokens[at] === '|' || tokens[at] === ',') {
      at++
      holds = conjunction() || holds
    }
    return holds
  }
  const holds = alternatives()
  return at === tokens.length ? holds : fail()
}
