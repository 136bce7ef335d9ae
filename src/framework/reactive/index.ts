// Acknowledging what streams and batch listeners were given.
export {
  type Acknowledgement,
  acknowledgement,
  acknowledgements,
  Item,
  itemsOf,
  type NackOptions,
  withItems,
} from './acknowledgement.ts'
export {
  type EachMessageOptions,
  eachMessage,
  holdMessages,
  type MessageOrMessages,
  type WorkResult,
} from './each-message.ts'
export { currentEmission, Emission } from './emission.ts'
