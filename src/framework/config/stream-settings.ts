import {
  booleanText,
  defineConfig,
  durationText,
  integerText,
  listText,
  numberText,
  plainText,
  setting,
} from '../../base/config/index.ts'

const COUNT_MAX = 2_147_483_647

/** `spring.cloud.stream.*`: what holds for the whole service. */
export const serviceSettings = defineConfig({
  defaultBinder: setting(plainText, '', 'Binder of the bindings that name none; needed when several could be meant.'),
  dynamicDestinationCacheSize: setting(
    integerText(1, 10_000),
    10,
    'Output bindings that may be made by name at run time (StreamBridge).',
  ),
  dynamicDestinations: setting(
    listText,
    [],
    'Names and destinations that may be bound at run time (StreamBridge); empty: all.',
  ),
  inputBindings: setting(plainText, '', 'Names by semicolon: each x is an input x-in-0, although no function has it.'),
  outputBindings: setting(
    plainText,
    '',
    'Names by semicolon: each x is an output x-out-0, although no function has it.',
  ),
  source: setting(plainText, '', 'Old name of output-bindings.'),
  pollableSource: setting(plainText, '', 'Names by semicolon: each x is an input x-in-0 that the program polls.'),
  strict: setting(booleanText, false, 'True: an unknown key under spring.cloud.stream stops the start.'),
})

/** `spring.cloud.stream.poller.*`: the rhythm in which suppliers are called. */
export const pollerSettings = defineConfig({
  fixedDelay: setting(durationText('ms'), 1_000, 'Pause after each round of calls, ms.'),
  initialDelay: setting(durationText('ms'), 0, 'Pause before the first round, ms.'),
  maxMessagesPerPoll: setting(integerText(1, COUNT_MAX), 1, 'Calls of a round, at most; nothing given ends it.'),
})

/** `spring.cloud.stream.bindings.<name>.*`: one binding, either direction. */
export const bindingSettings = defineConfig({
  destination: setting(plainText, '', 'Topic. Empty: the name of the binding. An input may list several, by comma.'),
  group: setting(plainText, '', 'Consumer group of an input. Empty: an anonymous group.'),
  contentType: setting(plainText, 'application/json', 'MIME type of payloads whose message does not say.'),
  binder: setting(plainText, '', 'Binder of this binding. Empty: the default binder.'),
  errorHandlerDefinition: setting(
    plainText,
    '',
    'Name of a function in options.components that gets the failures of this binding instead of the error channels.',
  ),
})

/** `spring.cloud.stream.bindings.<name>.consumer.*` */
export const consumerSettings = defineConfig({
  autoStartup: setting(booleanText, true, 'False: bound at start, but started later by hand.'),
  concurrency: setting(integerText(1, 10_000), 1, 'Messages handled at the same time.'),
  batchMode: setting(booleanText, false, 'True: listeners get several messages a call, as lists.'),
  maxAttempts: setting(integerText(1, COUNT_MAX), 3, 'Tries in this process, the first included; 1: no retry here.'),
  backOffInitialInterval: setting(durationText('ms'), 1_000, 'Pause before the second try, ms.'),
  backOffMaxInterval: setting(durationText('ms'), 10_000, 'Longest pause between tries, ms.'),
  backOffMultiplier: setting(numberText(1), 2, 'Growth of the pause from try to try.'),
  defaultRetryable: setting(
    booleanText,
    true,
    'Whether failures are tried again that retryable-exceptions does not name.',
  ),
  retryTemplateName: setting(
    plainText,
    '',
    'Name of a RetryTemplate in options.components; the other keys of retry are ignored then.',
  ),
  useNativeDecoding: setting(booleanText, false, 'True: payloads stay bytes, whatever the content type.'),
})

/** `spring.cloud.stream.bindings.<name>.producer.*` */
export const producerSettings = defineConfig({
  autoStartup: setting(booleanText, true, 'False: bound at start, but started later by hand.'),
  useNativeEncoding: setting(booleanText, false, 'True: payloads are bytes already and are sent as they are.'),
  errorChannelEnabled: setting(booleanText, false, 'Whether failures of sending are told to <destination>.errors.'),
  throwOnSendFailure: setting(
    booleanText,
    true,
    'False: send() resolves when a handler of the error channel, or the error handler, took the failure.',
  ),
  partitionKeyExpression: setting(
    plainText,
    '',
    "Gives the key of a message, such as payload.id or headers['key']; messages with one key go to one partition, in order.",
  ),
  partitionKeyExtractorName: setting(plainText, '', 'Component that gives the key, instead of an expression.'),
  partitionSelectorExpression: setting(
    plainText,
    '',
    'Gives a partition of a key, such as hashCode() or #root; empty: the hash code that Java has for the key.',
  ),
  partitionSelectorName: setting(plainText, '', 'Component that gives a partition of a key, instead of an expression.'),
  partitionCount: setting(
    integerText(1, COUNT_MAX),
    1,
    'Partitions of a destination whose messaging system has no number of its own.',
  ),
})

/** Values of {@link serviceSettings}. */
export type ServiceProperties = ReturnType<typeof serviceSettings.with>
/** Values of {@link pollerSettings}. */
export type PollerProperties = ReturnType<typeof pollerSettings.with>
/** Values of {@link bindingSettings}. */
export type BindingProperties = ReturnType<typeof bindingSettings.with>
/** Values of {@link consumerSettings}. */
export type ConsumerProperties = ReturnType<typeof consumerSettings.with>
/** Values of {@link producerSettings}. */
export type ProducerProperties = ReturnType<typeof producerSettings.with>
