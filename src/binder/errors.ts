import { defineErrors } from '../base/errors/index.ts'

export const binderErrors = defineErrors({
  RMQ_HEADER_ILLEGAL: (d: { header: string; value: string; expected: string }) =>
    `Header ${d.header} is "${d.value}": expected ${d.expected}.`,
  RMQ_PROPERTY_UNSUPPORTED: (d: { binding: string; key: string; value: string; reason: string }) =>
    `${d.binding}: ${d.key}=${d.value} is not supported by this version: ${d.reason}. Remove the property.`,
  RMQ_GROUP_SHARED: (d: { group: string; topic: string; binding: string; other: string }) =>
    `Bindings "${d.other}" and "${d.binding}" both consume topic "${d.topic}" in group "${d.group}", so each would miss what the ` +
    `other gets. Give them different groups, or use one binding with several @StreamListener conditions.`,
  RMQ_GROUP_ORDER: (d: { group: string; binding: string; other: string }) =>
    `Bindings "${d.other}" and "${d.binding}" of group "${d.group}" share one consumer, and only one of them has push.orderly=true. ` +
    `Set it for both, or give them different groups.`,
  RMQ_SEND_CALLBACK: (d: { key: string; name: string }) =>
    `${d.key}=${d.name} names a function. Let it be an object with the methods onSuccess(result) and onException(failure).`,
  RMQ_BATCH_IN_ORDER: (d: { binding: string }) =>
    `Binding "${d.binding}" has both consumer.batch-mode=true and push.orderly=true, and messages in order come one by one. ` +
    `Set one of them.`,
  RMQ_GROUP_MODEL: (d: { group: string; binding: string; other: string }) =>
    `Bindings "${d.other}" and "${d.binding}" share group "${d.group}" and differ in messageModel. Give both the same, or each a ` +
    `group of its own.`,
  RMQ_ERR_ACKNOWLEDGE: (d: { binding: string; component: string; answer: string }) =>
    `Binding "${d.binding}": "${d.component}" of pull.errAcknowledge gave ${d.answer}. Let it be a function, or an object with a ` +
    `method "handler", that returns ACCEPT, REJECT or REQUEUE.`,
  RMQ_TRANSACTION_GROUP_MISSING: (d: { binding: string }) =>
    `Binding "${d.binding}" sends in transactions and has no producer group, by which brokers find who knows about them. Set ` +
    `spring.cloud.stream.rocketmq.bindings.${d.binding}.producer.group to a name of its own.`,
  RMQ_TRANSACTION_LISTENER_MISSING: (d: { binding: string; group: string; from: string }) =>
    `Binding "${d.binding}" sends in transactions of group "${d.group}", and ` +
    (d.from === '' ? 'there is no listener for them' : `${d.from} is no listener for them`) +
    `. Give run() a class with @RocketMQTransactionListener({ txProducerGroup: '${d.group}' }), or name one by ` +
    `producer.transactionListener; it needs the methods executeLocalTransaction and checkLocalTransaction.`,
  RMQ_NO_SERVER: (d: { port: number }) =>
    `No name server is configured and none answers on 127.0.0.1:${d.port}, and spring.cloud.stream.rocketmq.binder.embedded.enabled ` +
    `is false. Set spring.cloud.stream.rocketmq.binder.name-server=host:port, or allow the embedded server.`,
  RMQ_OUTPUT_STOPPED: (d: { binding: string; destination: string }) =>
    `Output "${d.binding}" to topic "${d.destination}" is stopped or disabled. Start the binding, or set producer.enabled=true.`,
  RMQ_INPUT_STOPPED: (d: { topic: string; messageId: string }) =>
    `Message ${d.messageId} of topic "${d.topic}" came while its binding was being stopped. It will be delivered again.`,
})
