/**
 * A week of earthquakes, published and watched: `npm start`.
 *
 * A source publishes every quake of the U.S. Geological Survey's feed as JSON, its id as key, its severity as tag. One
 * listener sees them all, another only the tags `major || great`; an RxJS listener makes a table by region over windows
 * of time and sends alerts on to another topic. Nothing else has to run: the program brings its own RocketMQ.
 */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  EnableBinding,
  Header,
  Input,
  inject,
  type Message,
  MessageBuilder,
  type MessageChannel,
  Output,
  Payload,
  SendTo,
  StreamApplication,
  StreamListener,
  type SubscribableChannel,
} from 'rocketstream'
import { bufferTime, filter, from, lastValueFrom, map, mergeMap, type Observable, tap } from 'rxjs'
import { type Alert, Proof, type Quake } from './proof.ts'
import { severityOf } from './severity.ts'

const proof = new Proof()
/** Told apart by this from what an earlier run may have left in the topics. */
const run = randomUUID()

class Feed {
  @Output('quakes') quakes!: () => MessageChannel
}

class Watch {
  @Input('all') all!: () => SubscribableChannel
  @Input('strong') strong!: () => SubscribableChannel
  @Input('regional') regional!: () => SubscribableChannel
  @Output('alerts') alerts!: () => MessageChannel
  @Input('alarm') alarm!: () => SubscribableChannel
}

@EnableBinding(Feed, Watch)
class SeismicService {
  readonly #feed: Feed

  constructor(@inject(Feed) feed: Feed) {
    this.#feed = feed
  }

  async publish(quake: Quake): Promise<void> {
    const message = MessageBuilder.withPayload(quake)
      .setHeader('TAGS', severityOf(quake.mag))
      .setHeader('KEYS', quake.id)
      .setHeader('mag', quake.mag)
      .setHeader('run', run)
      .build()
    await this.#feed.quakes().send(message)
    proof.sent(quake)
  }

  @StreamListener('all', { condition: `headers['run'] == '${run}'` })
  onQuake(@Payload() quake: Quake, @Header('ROCKET_KEYS') key: string, @Header('mag') mag: string): void {
    proof.seen('all', quake.id, key === quake.id && Number(mag) === quake.mag)
  }

  @StreamListener('strong', { condition: `headers['run'] == '${run}'` })
  onStrongQuake(@Payload() quake: Quake, @Header('ROCKET_TAGS') tag: string): void {
    proof.seen('strong', quake.id, tag === 'major' || tag === 'great')
  }

  @StreamListener()
  @SendTo('alerts')
  byRegion(@Input('regional') messages$: Observable<Message<Quake>>): Observable<Message<Alert>> {
    return messages$.pipe(
      filter((message) => message.headers['run'] === run),
      map((message) => message.payload),
      tap((quake) => proof.seen('regional', quake.id, true)),
      bufferTime(100),
      mergeMap((quakes) => proof.window(quakes)),
      filter((alert) => alert.strong > 0),
      map((alert) => MessageBuilder.withPayload(alert).setHeader('run', run).build()),
    )
  }

  @StreamListener('alarm', { condition: `headers['run'] == '${run}'` })
  onAlert(alert: Alert): void {
    proof.alerted(alert)
  }
}

const directory = fileURLToPath(new URL('.', import.meta.url))
const { quakes } = JSON.parse(readFileSync(`${directory}earthquakes.json`, 'utf8')) as { quakes: Quake[] }

const app = await StreamApplication.run(SeismicService, { directory })
proof.ready()
const progress = setInterval(() => proof.progress(quakes.length), 250)
const service = app.get(SeismicService)
// So many at a time as a broker takes at once.
await lastValueFrom(from(quakes).pipe(mergeMap((quake) => service.publish(quake), 64)))
await proof.complete(quakes, 20_000)
clearInterval(progress)
await app.close()
proof.print(quakes)
