import {
  booleanText,
  defineConfig,
  durationText,
  integerText,
  numberText,
  plainText,
  setting,
} from '../../base/config/index.ts'

const COUNT_MAX = 2_147_483_647

/** `spring.cloud.stream.*`: what holds for the whole service. */
export const serviceSettings = defineConfig({
  defaultBinder: setting(plainText, '', 'Binder of the bindings that name none; needed when several could be meant.'),
  strict: setting(booleanText, false, 'True: an unknown key under spring.cloud.stream stops the start.'),
})

/** `spring.cloud.stream.bindings.<name>.*`: one binding, either direction. */
export const bindingSettings = defineConfig({
  destination: setting(plainText, '', 'Topic. Empty: the name of the binding. An input may list several, by comma.'),
  group: setting(plainText, '', 'Consumer group of an input. Empty: an anonymous group.'),
  contentType: setting(plainText, 'application/json', 'MIME type of payloads whose message does not say.'),
  binder: setting(plainText, '', 'Binder of this binding. Empty: the default binder.'),
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
  useNativeDecoding: setting(booleanText, false, 'True: payloads stay bytes, whatever the content type.'),
})

/** `spring.cloud.stream.bindings.<name>.producer.*` */
export const producerSettings = defineConfig({
  autoStartup: setting(booleanText, true, 'False: bound at start, but started later by hand.'),
  useNativeEncoding: setting(booleanText, false, 'True: payloads are bytes already and are sent as they are.'),
})

/** Values of {@link serviceSettings}. */
export type ServiceProperties = ReturnType<typeof serviceSettings.with>
/** Values of {@link bindingSettings}. */
export type BindingProperties = ReturnType<typeof bindingSettings.with>
/** Values of {@link consumerSettings}. */
export type ConsumerProperties = ReturnType<typeof consumerSettings.with>
/** Values of {@link producerSettings}. */
export type ProducerProperties = ReturnType<typeof producerSettings.with>
