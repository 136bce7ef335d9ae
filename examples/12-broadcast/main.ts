/**
 * Two shops of one group keep prices in memory. When a price changes, both must forget the old one, so every message
 * goes to every instance:
 *
 *   node --import tsx examples/12-broadcast/main.ts
 */
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import {
  type Application,
  EnableBinding,
  MessageBuilder,
  Processor,
  StreamApplication,
  StreamListener,
} from 'rocketstream'

@EnableBinding(Processor)
class Shop {
  readonly prices = new Map([
    ['tea', 3],
    ['coffee', 4],
    ['water', 1],
  ])

  @StreamListener('input')
  onChange(item: string): void {
    this.prices.delete(item)
  }
}

const directory = fileURLToPath(new URL('.', import.meta.url))
// Under its name an instance finds its place again after a restart.
const open = (instance: string): Promise<Application> =>
  StreamApplication.run(Shop, {
    directory,
    properties: { 'spring.cloud.stream.rocketmq.binder.instance-name': instance },
  })
const shops = [await open('shop-1'), await open('shop-2')] as const

for (const item of ['tea', 'water']) {
  await shops[0].channel('output').send(MessageBuilder.withPayload(item).build())
}
const services = shops.map((shop) => shop.get(Shop))
const kept = (): string => services.map(({ prices }) => [...prices.keys()].join('+')).join(', ')
for (let ms = 0; kept() !== 'coffee, coffee' && ms < 20_000; ms += 20) await wait(20)

for (const shop of shops.toReversed()) await shop.close()
process.stdout.write(`prices that the two shops still have: ${kept()}\n`)
process.exitCode = kept() === 'coffee, coffee' ? 0 : 1
