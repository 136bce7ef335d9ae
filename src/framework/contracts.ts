import { Input, Output } from '../../decorators/index.ts'
import type { MessageChannel, SubscribableChannel } from './channels/index.ts'

/** Contract with one output, `output`. Extend it to add more. */
export abstract class Source {
  /** The channel `output`. */
  @Output('output') readonly output!: () => MessageChannel
}

/** Contract with one input, `input`. Extend it to add more. */
export abstract class Sink {
  /** The channel `input`. */
  @Input('input') readonly input!: () => SubscribableChannel
}

/** Contract with both, `input` and `output`. */
export abstract class Processor {
  /** The channel `input`. */
  @Input('input') readonly input!: () => SubscribableChannel
  /** The channel `output`. */
  @Output('output') readonly output!: () => MessageChannel
}
