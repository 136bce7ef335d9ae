// The RocketMQ binder: what joins channels to topics.
export { binderErrors } from './errors.ts'
export { rocketmqBinder } from './rocketmq-binder.ts'
