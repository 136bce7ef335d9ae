// The RocketMQ binder: what joins channels to topics.
export { binderErrors } from './errors.ts'
export { rocketmqBinder } from './rocketmq-binder.ts'
export { LocalTransactionState, RocketMQLocalTransactionState } from './transaction-states.ts'
