import { fileURLToPath } from 'node:url'
import { EnableBinding, MessageBuilder, Processor, StreamApplication, StreamListener } from 'rocketstream'

@EnableBinding(Processor)
class Greeter {
  @StreamListener('input')
  onGreeting(greeting: { from: string }): void {
    process.stdout.write(`hello from ${greeting.from}\n`)
    void app.close()
  }
}

const app = await StreamApplication.run(Greeter, { directory: fileURLToPath(new URL('.', import.meta.url)) })
await app.channel('output').send(MessageBuilder.withPayload({ from: 'RocketMQ' }).build())
