// The RocketMQ binder: what joins channels to topics.
export type { MessageQueueSelector } from './bound-producer.ts'
export { binderErrors } from './errors.ts'
export type { AllocateMessageQueueStrategy } from './queue-share.ts'
export { rocketmqBinder } from './rocketmq-binder.ts'
export { LocalTransactionState, RocketMQLocalTransactionState } from './transaction-states.ts'
