/** The service: two inputs, two outputs, each bound to a topic by `application.properties`. */
import {
  EnableBinding,
  Input,
  type MessageChannel,
  Output,
  Sink,
  Source,
  StreamListener,
  type SubscribableChannel,
} from 'rocketstream'

/** The usual output, and one of our own. */
export class CustomSource extends Source {
  @Output('output2') output2!: () => MessageChannel
}

/** The usual input, and one of our own. */
export class CustomSink extends Sink {
  @Input('input2') input2!: () => SubscribableChannel
}

@EnableBinding(CustomSource, CustomSink)
export class RocketMQApplication {
  readonly received: Record<'input' | 'input2', string[]> = { input: [], input2: [] }

  @StreamListener('input')
  receiveInput(receiveMsg: string): void {
    process.stdout.write(`input receive: ${receiveMsg}\n`)
    this.received.input.push(receiveMsg)
  }

  @StreamListener('input2')
  receiveInput2(receiveMsg: string): void {
    process.stdout.write(`input2 receive: ${receiveMsg}\n`)
    this.received.input2.push(receiveMsg)
  }
}
