/** Streams whose messages are acknowledged one by one, by what became of them. */
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import {
  EnableBinding,
  eachMessage,
  holdMessages,
  Input,
  type Message,
  MessageBuilder,
  type MessageChannel,
  Output,
  Processor,
  requeueLater,
  StreamApplication,
  StreamListener,
  type SubscribableChannel,
} from 'rocketstream'
import { bufferTime, filter, type Observable, tap } from 'rxjs'

interface Order {
  readonly run: number
  readonly id: number
}

class Channels extends Processor {
  @Output('priced') priced!: () => MessageChannel
  @Input('windows') windows!: () => SubscribableChannel
}

const priced = new Set<number>()
let failures = 0
let windows = 0

@EnableBinding(Channels)
class Pricing {
  @StreamListener({ maxInFlight: 32 })
  @Output('priced')
  price(@Input('input') orders$: Observable<Message<Order>>): Observable<Order> {
    return orders$.pipe(
      eachMessage(
        async ({ payload, headers }) => {
          await wait(payload.id % 5)
          // Order 7 fails once: it alone comes again a second later, the stream goes on.
          if (payload.id === 7 && headers['ROCKET_RECONSUME_TIMES'] === 0) {
            failures++
            throw requeueLater(1)
          }
          return payload
        },
        { concurrency: 8 },
      ),
    )
  }

  @StreamListener()
  collect(@Input('windows') orders$: Observable<Message<Order>>): Observable<unknown> {
    return orders$.pipe(
      filter(({ payload }) => payload.run === process.pid),
      // Held until the window's work has ended: what was gathered is not lost with the program.
      holdMessages(),
      bufferTime(200),
      filter((window) => window.length > 0),
      eachMessage((window) => window.map(({ payload }) => payload.id)),
      tap((ids) => {
        windows++
        for (const id of ids) priced.add(id)
      }),
    )
  }
}

const app = await StreamApplication.run(Pricing, { directory: fileURLToPath(new URL('.', import.meta.url)) })
const orders = Array.from({ length: 100 }, (_, id) => MessageBuilder.withPayload({ run: process.pid, id }).build())
await app.channel('output').sendAll(orders)
while (priced.size < orders.length) await wait(20)
await app.close()
process.stdout.write(
  `${priced.size} of ${orders.length} orders priced, in ${windows} windows; order 7 failed ${failures} time\n`,
)
