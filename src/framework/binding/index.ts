// Bindings: what the program declares, joined with what the configuration says.
export { type BindContext, type BindingSteps, prepareBinding } from './bind.ts'
export type { Binding } from './binding.ts'
export { type Channels, makeChannels } from './channels.ts'
export { makeContract } from './contract.ts'
export {
  type Declarations,
  type DeclaredBinding,
  declareBindings,
  requireBinding,
  requirePushedInput,
} from './declare.ts'
export type { DynamicOutputs } from './dynamic-outputs.ts'
