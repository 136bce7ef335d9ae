/** What must and must not compile for a user; `npm run typecheck` judges it. Nothing here runs. */
import {
  EnableBinding,
  eachMessage,
  holdMessages,
  Input,
  type Message,
  MessageBuilder,
  type MessageChannel,
  Output,
  Payload,
  StreamApplication,
  StreamListener,
  type SubscribableChannel,
} from 'rocketstream'
import { openClient } from 'rocketstream/client'
import { bufferCount, type Observable } from 'rxjs'

class Contract {
  @Output('out') out!: () => MessageChannel
  @Input() in!: () => SubscribableChannel
  // @ts-expect-error a member without `!` would be an uninitialized field
  @Output('forgotten') forgotten: () => MessageChannel
}

@EnableBinding(Contract)
export class Service {
  // @ts-expect-error a condition is a text
  @StreamListener('in', { condition: 7 })
  wrong(): void {}

  @StreamListener('in', { condition: "headers['a'] == 'b'", copyHeaders: false })
  right(_order: { readonly id: number }): Promise<void> {
    return Promise.resolve()
  }

  @StreamListener()
  @Output('out')
  stream(@Input('in') messages$: Observable<Message<{ readonly id: number }>>): Observable<unknown> {
    return messages$
  }

  @StreamListener({ maxInFlight: 8, ack: 'auto' })
  @Output('out')
  each(@Input('in') messages$: Observable<Message<{ readonly id: number }>>): Observable<number> {
    return messages$.pipe(eachMessage(async ({ payload }) => payload.id))
  }

  @StreamListener()
  gathered(@Input('in') messages$: Observable<Message<string>>): Observable<string> {
    return messages$.pipe(
      holdMessages(),
      bufferCount(2),
      eachMessage((two) => two.map(({ payload }) => payload).join()),
    )
  }

  @StreamListener()
  payloads(@Input('in') @Payload(String) texts$: Observable<string>): Observable<unknown> {
    // @ts-expect-error a payload has no acknowledgement
    return texts$.pipe(eachMessage((text) => text))
  }

  // @ts-expect-error there is no such way
  @StreamListener({ ack: 'never' })
  never(): void {}
}

export async function program(): Promise<void> {
  const app = await StreamApplication.run(Service, { directory: '.' })
  const built = MessageBuilder.withPayload({ id: 1 }).setHeader('TAGS', 'a').build()
  // @ts-expect-error a built message does not change
  built.payload = { id: 2 }
  const id: number = built.payload.id
  const { messageId } = await app.channel('out').send(built)
  // @ts-expect-error only messages are sent
  await app.channel('out').send(`${messageId} ${id}`)
  // @ts-expect-error there is no such option
  await StreamApplication.run(Service, { directry: '.' })
}

export async function client(): Promise<void> {
  await using opened = await openClient({ nameServer: '127.0.0.1:9876' })
  const producer = await opened.producer({ group: 'P' })
  // @ts-expect-error a body is bytes
  await producer.send({ topic: 'T', body: 'text' })
  await producer.send(
    { topic: 'T', body: Buffer.from('text') },
    { queue: (queues) => queues.at(-1) ?? { topic: 'T', brokerName: 'b', queueId: 0 } },
  )
  // @ts-expect-error a listener for single messages and one for batches exclude each other
  await opened.pushConsumer({ group: 'G', subscriptions: [{ topic: 'T' }], listener() {}, batchListener() {} })
  await opened.pushConsumer({ group: 'G', subscriptions: [{ topic: 'T' }], orderly: { listener: () => 'suspend' } })
  // @ts-expect-error at the same time and in order exclude each other
  await opened.pushConsumer({ group: 'G', subscriptions: [{ topic: 'T' }], listener() {}, orderly: { listener() {} } })
  // @ts-expect-error there is no such result
  await opened.pushConsumer({ group: 'G', subscriptions: [{ topic: 'T' }], orderly: { listener: () => 'SUCCESS' } })
}
