import type { Scope } from '../../base/lifecycle/index.ts'
import type { Message, OutboundChannel, SendFailureHandler } from '../channels/index.ts'
import type { Environment, ProducerProperties } from '../config/index.ts'
import { contentTypeOf, naturalPayload } from '../convert/index.ts'
import { outputErrorChannel, recoverOutput } from '../failures/index.ts'
import { partitioner } from '../partition/index.ts'
import type { BindContext } from './bind.ts'
import { type Binding, outputBinding } from './binding.ts'
import { binderProperties, bindingProperties, producerProperties } from './policies.ts'
import { explained, own, recoveryContext, type Target } from './target.ts'

/** Binds an output; messages sent to the channel go to the binder's producer from then on. */
export async function bindOutput(
  { facts, open }: Target,
  channel: OutboundChannel,
  scope: Scope,
  context: BindContext,
): Promise<Binding> {
  const { environment, logger, providers } = context
  const { name } = facts
  const destination = facts.destinations[0] ?? name
  const properties = producerProperties(environment, name)
  const config = binderProperties(environment, open.type, name, 'producer', logger)
  const bound = await explained(name, destination, async () => {
    const natural = naturalOf(name, environment, properties.useNativeEncoding)
    const producer = await open.binder.bindProducer({ binding: name, destination, properties, config, natural })
    own(scope, producer, `output ${name}`, context)
    if (properties.autoStartup) await producer.start()
    return producer
  })
  const onFailure = properties.errorChannelEnabled ? sendFailures(name, destination, properties, context) : undefined
  const partitionOf = await explained(name, destination, async () => partitioner(name, properties, providers))
  channel.attach(bound, { partitionOf, onFailure })
  logger.info(`output ${name} → ${destination} (${open.type.name}: ${bound.policy})`)
  return outputBinding(facts, bound)
}

/** How a message of this output is shown to the program again. */
function naturalOf(name: string, environment: Environment, native: boolean): (message: Message<Buffer>) => Message {
  const byDefault = bindingProperties(environment, name).contentType
  return ({ payload, headers }) => {
    const contentType = native ? 'application/octet-stream' : contentTypeOf(headers, byDefault)
    return { payload: naturalPayload(payload, contentType), headers }
  }
}

function sendFailures(
  name: string,
  destination: string,
  { throwOnSendFailure }: ProducerProperties,
  context: BindContext,
): SendFailureHandler {
  const recovery = recoveryContext(name, context)
  context.errors.declare(outputErrorChannel(destination))
  return (failure, message) => recoverOutput(failure, message, destination, throwOnSendFailure, recovery)
}
