import { textOf } from '../../base/errors/index.ts'
import type { Scope } from '../../base/lifecycle/index.ts'
import { type RetryPolicy, retryTemplate } from '../dispatch/index.ts'
import { frameworkErrors } from '../errors.ts'
import type { ErrorHandler, RecoveryContext } from '../failures/index.ts'
import { provider } from '../providers.ts'
import type { BindContext } from './bind.ts'
import type { OpenBinder } from './binders.ts'
import type { Binding, BindingFacts } from './binding.ts'
import { bindingProperties, retryPolicy } from './policies.ts'

/** What is to be bound, and with what. */
export interface Target {
  readonly facts: BindingFacts
  readonly group: string
  readonly open: OpenBinder
}

/** An input that is not started yet. */
export interface BoundInput {
  readonly binding: Binding
  start(): Promise<void>
}

/** The topics of an input, which are given as one list. */
export function topicsOf(list: string): readonly string[] {
  return list.split(',').map((destination) => destination.trim())
}

/**
 * How messages of this input are tried: as its properties say, or the template that they name.
 * @throws RMQ_COMPONENT_UNKNOWN, RMQ_COMPONENT_KIND
 */
export function attemptsPolicy(binding: string, { environment, providers }: BindContext): RetryPolicy {
  const policy = retryPolicy(environment, binding)
  const { retryTemplateName } = policy.properties
  if (retryTemplateName === '') return policy
  const key = `spring.cloud.stream.bindings.${binding}.consumer.retry-template-name`
  return { ...policy, template: provider(providers, retryTemplateName, key, retryTemplate) }
}

/** Who is told of the failures of a binding. */
export function recoveryContext(
  binding: string,
  { environment, providers, errors, logger }: BindContext,
): RecoveryContext {
  const { errorHandlerDefinition } = bindingProperties(environment, binding)
  const key = `spring.cloud.stream.bindings.${binding}.error-handler-definition`
  const handler =
    errorHandlerDefinition === '' ? undefined : provider(providers, errorHandlerDefinition, key, errorHandler)
  return { binding, channels: errors, handler, logger }
}

/** What an `error-handler-definition` must name. */
const errorHandler = {
  what: 'a function that takes an ErrorMessage',
  is: (value: unknown): value is ErrorHandler => typeof value === 'function',
}

/** The scope stops it, and gives up waiting when the time for closing is over. */
export function own(scope: Scope, bound: AsyncDisposable, what: string, context: BindContext): void {
  scope.defer(() => context.within(async () => bound[Symbol.asyncDispose](), what))
}

/** @throws RMQ_BINDING_FAILED  whatever went wrong, with the names of the binding */
export async function explained<Value>(
  binding: string,
  destination: string,
  work: () => Promise<Value>,
): Promise<Value> {
  try {
    return await work()
  } catch (failure) {
    throw frameworkErrors.RMQ_BINDING_FAILED({ binding, destination, reason: textOf(failure) }, failure)
  }
}
