// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of configuration look like templates.
// A user's program as it is written, run by several tool chains; prints what it saw.
import { map, type Observable } from 'rxjs'
import {
  EnableBinding,
  Header,
  Input,
  Output,
  Payload,
  SendTo,
  StreamListener,
  Value,
} from '../../../decorators/index.ts'
import {
  inject,
  Message,
  MessageBuilder,
  type MessageChannel,
  Sink,
  Source,
  StreamApplication,
  type SubscribableChannel,
  TestBinder,
} from '../../../src/framework/index.ts'

abstract class CustomSource extends Source {
  @Output('output2') readonly output2!: () => MessageChannel
}
abstract class CustomSink extends Sink {
  @Input('input2') readonly input2!: () => SubscribableChannel
}
class Order {
  amount = 0
  get gross(): number {
    return this.amount * 2
  }
}

@EnableBinding(CustomSource, CustomSink)
class OrderService {
  @Value('${server.port:9500}', Number) readonly port!: number
  readonly source: CustomSource

  constructor(@inject(CustomSource) source: CustomSource) {
    this.source = source
  }

  @StreamListener('input')
  async receive(text: string): Promise<void> {
    await this.source.output().send(MessageBuilder.withPayload(`${text} at ${this.port}`).build())
  }

  @StreamListener('input', { condition: "headers['ROCKET_TAGS'] == 'vip'" })
  @SendTo('output2')
  upgrade(@Payload(Order) order: Order, @Header('ROCKET_KEYS') key: string): object {
    return { key, gross: order.gross }
  }

  @StreamListener()
  @Output('output2')
  doubled(@Input('input2') @Message(Order) orders$: Observable<Message<Order>>): Observable<number> {
    return orders$.pipe(map(({ payload }) => payload.gross))
  }
}

const binder = new TestBinder()
const app = await StreamApplication.run(OrderService, {
  binder,
  args: [],
  variables: {},
  properties: { 'logging.level.root': 'off' },
})
if (process.argv.includes('wait')) {
  setInterval(() => undefined, 60_000)
  console.log('ready')
} else {
  await binder.input.send('text', 'input')
  await binder.input.send({ amount: 3 }, 'input', { ROCKET_TAGS: 'vip', ROCKET_KEYS: 'k' })
  await binder.input.send({ amount: 4 }, 'input2')
  for (let sent = await binder.output.receive(); sent !== undefined; sent = await binder.output.receive())
    console.log(sent.payload.toString())
  await app.close()
}
