import type { Observable } from 'rxjs'
import { expect, test } from 'vitest'
import {
  type Application,
  acknowledgement,
  EnableBinding,
  Input,
  Message,
  MessageBuilder,
  Payload,
  Processor,
  StreamApplication,
  StreamListener,
} from '../../src/index.ts'
import { freshName, startCluster } from '../kit/cluster.ts'
import { until } from '../kit/until.ts'
import { collectingLogger } from './collecting-logger.ts'

test('a stream has no more open messages than it asked for, and those open when it closes come again', async () => {
  await using cluster = await startCluster()
  const held: Message<string>[] = []
  @EnableBinding(Processor)
  class Service {
    @StreamListener({ ack: 'manual', maxInFlight: 5 })
    keep(@Input('input') @Message(String) texts$: Observable<Message<string>>): void {
      texts$.subscribe((message) => held.push(message))
    }
  }
  const seen = new Set<string>()
  @EnableBinding(Processor)
  class Next {
    @StreamListener('input')
    take(@Payload(String) text: string): void {
      seen.add(text)
    }
  }
  const [topic, group] = [freshName('Stream'), freshName('G')]
  const start = (service: new () => object): Promise<Application> =>
    StreamApplication.run(service, {
      args: [],
      variables: {},
      signals: false,
      directory: '/nonexistent',
      logger: collectingLogger().logger,
      properties: {
        'spring.cloud.stream.rocketmq.binder.name-server': cluster.nameServer,
        'spring.cloud.stream.bindings.input.destination': topic,
        'spring.cloud.stream.bindings.input.group': group,
        'spring.cloud.stream.bindings.output.destination': topic,
      },
    })
  const app = await start(Service)
  const texts = Array.from({ length: 30 }, (_, at) => `${at}`)
  await app.channel('output').sendAll(texts.map((text) => MessageBuilder.withPayload(text).build()))
  const done: string[] = []
  for (let open = 5; open <= 20; open += 5) {
    await until(`${open} messages were taken`, () => held.length >= open)
    expect(held.length).toBe(open)
    if (open === 20) break
    for (const message of held.slice(open - 5)) {
      acknowledgement(message).ack()
      done.push(message.payload)
    }
  }
  await app.close()
  await using next = await start(Next)
  await until('the others come', () => seen.size === 15)
  expect(next.bindings.every(({ state }) => state === 'running')).toBe(true)
  expect([...done, ...seen].toSorted()).toEqual(texts.toSorted())
})
