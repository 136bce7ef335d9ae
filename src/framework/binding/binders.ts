import type { Scope } from '../../base/lifecycle/index.ts'
import type { Logger } from '../../base/log/index.ts'
import type { Clock } from '../../base/time/index.ts'
import type { Binder, BinderType } from '../binder/index.ts'
import { type Environment, readTable, type ServiceProperties } from '../config/index.ts'
import { frameworkErrors } from '../errors.ts'
import type { Providers } from '../providers.ts'

const STREAM = 'spring.cloud.stream'

/** What opening binders needs. */
export interface BindersContext {
  readonly environment: Environment
  readonly service: ServiceProperties
  readonly types: readonly BinderType[]
  readonly providers: Providers
  readonly logger: Logger
  readonly clock: Clock
  /** Owns the binders. */
  readonly binders: Scope
}

/** A binder and what it is of. */
export interface OpenBinder {
  readonly type: BinderType
  readonly binder: Binder
}

/**
 * Finds the kind of binder that a binding uses: its `binder` key, else `default-binder`, else the first known kind.
 * @throws RMQ_BINDER_MISSING  no kind is known
 * @throws RMQ_BINDER_UNKNOWN  the named one is not known
 */
export function binderTypeOf(
  binding: string,
  wanted: string,
  context: BindersContext,
): { name: string; type: BinderType } {
  const [first] = context.types
  if (first === undefined) throw frameworkErrors.RMQ_BINDER_MISSING({})
  const name = wanted !== '' ? wanted : context.service.defaultBinder
  if (name === '') return { name: first.name, type: first }
  const typeName = context.environment.get(`${STREAM}.binders[${name}].type`)?.text ?? name
  const type = context.types.find((candidate) => candidate.name === typeName)
  if (type !== undefined) return { name, type }
  const known = context.types.map((candidate) => candidate.name)
  throw frameworkErrors.RMQ_BINDER_UNKNOWN({ binder: name, binding, known })
}

/** Opens each binder when it is first asked for; the scope closes them. */
export function binderOpener(context: BindersContext): (name: string, type: BinderType) => Promise<OpenBinder> {
  const opened = new Map<string, Promise<OpenBinder>>()
  return (name, type) => {
    const before = opened.get(name)
    if (before !== undefined) return before
    const opening = open(name, type, context)
    opened.set(name, opening)
    return opening
  }
}

async function open(name: string, type: BinderType, context: BindersContext): Promise<OpenBinder> {
  const { environment, providers, clock } = context
  const binder = await type.open({
    name,
    config: readTable(environment, type.tables.binder, [`${STREAM}.${type.name}.binder`]),
    applicationName: environment.get('spring.application.name')?.text ?? '',
    logger: context.logger.child(name),
    clock,
    component: (component, key) => providers.named(component, key),
    transactionListener: (group) => providers.transactionListener(group),
  })
  return { type, binder: context.binders.own(binder) }
}
