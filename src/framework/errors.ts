import { defineErrors } from '../base/errors/index.ts'

/** A sentence's tail that names the nearest known word. */
const meant = (near: string | undefined): string => (near === undefined ? '' : ` Did you mean "${near}"?`)

/** Errors of configuration, binding, listeners and payloads. */
export const frameworkErrors = defineErrors({
  RMQ_PLACEHOLDER: (d: { placeholder: string; origin: string; reason: string }) =>
    `${d.origin}: \${${d.placeholder}} ${d.reason}. Set it, or give a default: \${${d.placeholder}:default}.`,
  RMQ_CONFIG_UNKNOWN_KEYS: (d: { keys: readonly string[] }) =>
    `Unknown keys, and spring.cloud.stream.strict is true:\n${d.keys.map((key) => `  ${key}`).join('\n')}`,
  RMQ_CONFIG_CONFLICT: (d: { first: string; second: string }) =>
    `${d.first} and ${d.second} exclude each other. Remove one of them.`,
  RMQ_CONFIG_ARGUMENT: (d: { name: string; reason: string }) => `${d.name} cannot be read: ${d.reason}.`,
  RMQ_CONFIG_PROFILE: (d: { expression: string; origin: string }) =>
    `${d.origin}: "${d.expression}" is not a profile expression. Write names joined by !, & and |, such as prod & !(eu | us).`,
  RMQ_EXPRESSION: (d: { expression: string; column: number; reason: string; where: string }) =>
    `${d.where}: ${d.reason}, at column ${d.column} of\n  ${d.expression}\n  ${' '.repeat(d.column - 1)}^`,
  RMQ_EXPRESSION_VALUE: (d: { expression: string; reason: string }) =>
    `Expression "${d.expression}" cannot be evaluated for this message: ${d.reason}.`,
  RMQ_VALUE: (d: { expression: string; origin: string; text: string; wanted: string }) =>
    `${d.origin}: ${d.expression} is "${d.text}", which is not a ${d.wanted.toLowerCase()}.`,
  RMQ_BINDER_UNKNOWN: (d: { binder: string; binding: string; known: readonly string[] }) =>
    `Binding "${d.binding}" wants binder "${d.binder}", but the known ones are: ${d.known.join(', ') || 'none'}.`,
  RMQ_BINDER_MISSING: (_: object) =>
    'No binder is known. Import from "rocketstream", which brings one, or give run() the option "binder".',
  RMQ_COMPONENT_UNKNOWN: (d: { name: string; key: string; known: readonly string[] }) =>
    `${d.key}=${d.name} names nothing. Give it to run(), in options.components or as a service class; there are: ${d.known.join(', ') || 'none'}.`,
  RMQ_COMPONENT_KIND: (d: { name: string; key: string; wanted: string; fitting: readonly string[] }) =>
    `${d.key}=${d.name} must name ${d.wanted}, and it names something else.` +
    (d.fitting.length === 0 ? '' : ` There are: ${d.fitting.join(', ')}.`),
  RMQ_PARTITION: (d: { binding: string; reason: string }) =>
    `No partition was found for a message of output "${d.binding}": ${d.reason}.`,
  RMQ_TRANSACTION_LISTENER_TWICE: (d: { group: string; first: string; second: string }) =>
    `${d.first} and ${d.second} are both transaction listeners of producer group "${d.group}". Keep one, or give them different groups.`,
  RMQ_TRANSACTION_UNSUPPORTED: (d: { channel: string }) =>
    `Channel "${d.channel}" does not send in transactions. Set producer-type=Trans with a group among its producer properties, or use send().`,
  RMQ_BINDING_CONFLICT: (d: { binding: string; first: string; second: string }) =>
    `"${d.binding}" is an input in ${d.first} and an output in ${d.second}. Give one of them another name.`,
  RMQ_BINDING_FAILED: (d: { binding: string; destination: string; reason: string }) =>
    `Binding "${d.binding}" to "${d.destination}" failed: ${d.reason}`,
  RMQ_DESTINATION_REFUSED: (d: { binding: string; destination: string; allowed: readonly string[] }) =>
    `Nothing is sent to "${d.binding}" (destination "${d.destination}"): it is neither an output of the program nor among ` +
    `spring.cloud.stream.dynamic-destinations=${d.allowed.join(',')}. Add it there.`,
  RMQ_BINDING_UNKNOWN: (d: {
    place: string
    direction: 'input' | 'output'
    name: string
    known: readonly string[]
    near: string | undefined
  }) =>
    `${d.place}: there is no ${d.direction} channel "${d.name}".${meant(d.near)} Known: ${d.known.join(', ') || 'none'}. ` +
    'Contracts declare channels, and @EnableBinding lists contracts.',
  RMQ_CONTRACT_MEMBER: (d: { contract: string; member: string }) =>
    `${d.contract}.${d.member} is not bound. Put @Input('${d.member}') or @Output('${d.member}') before it.`,
  RMQ_FUNCTION_UNKNOWN: (d: { key: string; name: string; known: readonly string[] }) =>
    `${d.key} names "${d.name}", and no service has a function of that name; there are: ${d.known.join(', ') || 'none'}. ` +
    'Mark a method with @StreamConsumer(), @StreamFunction() or @StreamSupplier().',
  RMQ_FUNCTION_TAKEN: (d: { name: string; first: string; second: string }) =>
    `Both ${d.first} and ${d.second} are the function "${d.name}". Give one of them another name in its decorator.`,
  RMQ_SUPPLIER_AHEAD: (d: { supplier: string; waiting: number }) =>
    `${d.supplier}: ${d.waiting} items of its Observable wait for being sent, so it was unsubscribed. Give items more slowly.`,
  RMQ_CHANNEL_CLOSED: (d: { channel: string; state: string }) =>
    `Channel "${d.channel}" cannot send: it is ${d.state}. Send after run() has resolved and before close().`,
  RMQ_SOURCE_CLOSED: (d: { channel: string; state: string }) =>
    `Input "${d.channel}" cannot be polled: it is ${d.state}. Poll after run() has resolved and before close().`,
  RMQ_ACKNOWLEDGED_TWICE: (d: { channel: string }) =>
    `A message of "${d.channel}" was acknowledged before. Call acknowledge() once, and noAutoAck() before the handler returns.`,
  RMQ_BINDING_POLLED: (d: { place: string; binding: string }) =>
    `${d.place}: input "${d.binding}" is polled. Declare it everywhere by @Input('${d.binding}', PollableMessageSource), and poll ` +
    `it instead of listening to it.`,
  RMQ_BINDER_NOT_POLLABLE: (d: { binding: string; binder: string }) =>
    `Input "${d.binding}" is polled, and binder "${d.binder}" hands messages out only by itself. Listen to the input instead.`,
  RMQ_CHANNEL_UNHEARD: (d: { channel: string }) =>
    `Nobody listens to "${d.channel}". Add @StreamListener('${d.channel}'), or subscribe to the channel.`,
  RMQ_LISTENER: (d: { listener: string; reason: string }) => `${d.listener}: ${d.reason}`,
  RMQ_ERROR_CHANNEL_UNKNOWN: (d: {
    listener: string
    name: string
    known: readonly string[]
    near: string | undefined
  }) =>
    `${d.listener} listens to "${d.name}", where no failure is ever told.${meant(d.near)} There are: ${d.known.join(', ')}. ` +
    'An input has <destination>.<group>.errors; an output has <destination>.errors when producer.error-channel-enabled is true.',
  RMQ_HEADER_MISSING: (d: { listener: string; header: string }) =>
    `${d.listener} needs the header "${d.header}", which the message does not have. Write @Header('${d.header}', { required: false }).`,
  RMQ_STREAM_FAILED: (d: { listener: string; reason: string }) => `${d.listener} gave this message back: ${d.reason}`,
  RMQ_BATCH_LISTENER_FAILED: (d: { index: number }) => `The batch failed at its message ${d.index}.`,
  RMQ_ACKNOWLEDGEMENT: (d: { reason: string }) =>
    `The message has no acknowledgement: ${d.reason}. Use the message as the listener was given it, before it is mapped.`,
  RMQ_PAYLOAD_UNREADABLE: (d: { wanted: string; contentType: string; reason: string; start: string }) =>
    `The payload (${d.contentType}) cannot become ${d.wanted}: ${d.reason}. It begins with: ${d.start}`,
  RMQ_PAYLOAD_INVALID: (d: { issues: readonly string[]; start: string }) =>
    `The payload does not fit its schema: ${d.issues.join('; ')}. It begins with: ${d.start}`,
  RMQ_PAYLOAD_UNSENDABLE: (d: { channel: string; contentType: string; reason: string }) =>
    `The payload for channel "${d.channel}" cannot be sent as ${d.contentType}: ${d.reason}.`,
  RMQ_MESSAGE_REJECTED: (d: { reason: string }) => `The message was refused for good: ${d.reason}.`,
  RMQ_MESSAGE_REQUEUED: (d: { delayLevel: number }) =>
    `The message was asked for again at delay level ${d.delayLevel}.`,
  RMQ_TEST_DESTINATION: (d: { destination: string; known: readonly string[] }) =>
    `No running consumer of the test binder takes from "${d.destination}". There are: ${d.known.join(', ') || 'none'}.`,
  RMQ_TEST_SEND: (d: { destination: string }) => `The test binder was told to fail this send to "${d.destination}".`,
  RMQ_SERVICE_CLASS: (d: { value: string }) =>
    `run() takes service classes and at most one object of options, at the end; it was given ${d.value}.`,
  RMQ_SERVICE_MISSING: (d: { token: string }) =>
    `The application has no "${d.token}". Give run() the class, or list the contract in @EnableBinding.`,
})
