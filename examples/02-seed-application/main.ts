/**
 * A service in the manner of Spring Cloud Stream with its properties file, and a producer beside it:
 *
 *   npx tsx examples/02-seed-application/main.ts
 *
 * The properties name 127.0.0.1:9876. When nothing answers there, this program starts a RocketMQ there first; another
 * server, such as an Apache cluster, is chosen by --spring.cloud.stream.rocketmq.binder.name-server=host:port. Nothing
 * else changes.
 */
import { fileURLToPath } from 'node:url'
import { MessageBuilder, StreamApplication } from 'rocketstream'
import { CustomSource, RocketMQApplication } from './application.ts'
import { produce } from './producer.ts'
import { useServer } from './server.ts'

const directory = fileURLToPath(new URL('.', import.meta.url))
const { nameServer, stop } = await useServer()
const run = `${process.pid}`

const app = await StreamApplication.run(RocketMQApplication, { directory })
process.stdout.write('【【【【【  RocketMQApplication 启动成功！！！   】】】】】\n')

const sent = await produce(nameServer, run)
// The service's own outputs lead to the same topics.
const source = app.get(CustomSource)
for (const [channel, topic] of [
  [source.output(), 'input'],
  [source.output2(), 'input2'],
] as const) {
  const text = `from ${channel.name} ${run}`
  await channel.send(MessageBuilder.withPayload(text).setHeader('TAGS', 'tagStr').build())
  sent[topic].push(text)
}

const { received } = app.get(RocketMQApplication)
const missing = (): string[] => [
  ...sent.input.filter((text) => !received.input.includes(text)),
  ...sent.input2.filter((text) => !received.input2.includes(text)),
]
const untilMs = performance.now() + 30_000
while (missing().length > 0 && performance.now() < untilMs) await new Promise((resolve) => setTimeout(resolve, 20))
await app.close()
await stop()

const expected = sent.input.length + sent.input2.length
if (missing().length > 0) {
  process.stdout.write(
    `NOT RIGHT: ${missing().length} of ${expected} messages did not arrive: ${missing().join(', ')}\n`,
  )
  process.exitCode = 1
} else {
  process.stdout.write(`all ${expected} messages arrived as they were sent, in both inputs\n`)
}
