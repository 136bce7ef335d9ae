/**
 * Orders that are paid and shipped, or neither: a message goes out exactly if the local transaction was committed.
 *
 *   npx tsx examples/10-transaction/main.ts
 *
 * Nobody sees an order before its payment is booked. Of a payment that was refused nobody ever hears. When the program
 * does not learn in time how a payment ended, the broker asks it later; that takes 6 to 36 seconds, so this run does
 * not wait for it. Another server is chosen by --spring.cloud.stream.rocketmq.binder.name-server=host:port.
 */
import { fileURLToPath } from 'node:url'
import { MessageBuilder, StreamApplication } from 'rocketstream'
import { book, type Order, OrderTransactions, Shop } from './shop.ts'

const app = await StreamApplication.run(Shop, OrderTransactions, {
  directory: fileURLToPath(new URL('.', import.meta.url)),
})
const output = app.channel('output')
const message = (order: Order) => MessageBuilder.withPayload(order).setHeader('KEYS', order.id).build()
const order = (n: number, euros: number): Order => ({ id: `${process.pid}-${n}`, euros })

// The listener decides: its executeLocalTransaction runs between the two halves of send().
for (const one of [order(1, 20), order(2, 900), order(3, 50)]) {
  const sent = await output.send(message(one))
  process.stdout.write(`order ${one.id} over ${one.euros} euros: ${sent.details['state']}\n`)
}

// Or the code at hand does.
const last = order(4, 10)
const { state } = await output.sendInTransaction(message(last), async ({ payload }) => book(payload))
process.stdout.write(`order ${last.id} over ${last.euros} euros: ${state}\n`)

const { shipped } = app.get(Shop)
const mine = (): string[] => shipped.filter((id) => id.startsWith(`${process.pid}-`)).sort()
const untilMs = performance.now() + 30_000
while (mine().length < 3 && performance.now() < untilMs) await new Promise((resolve) => setTimeout(resolve, 20))
await app.close()

const expected = [1, 3, 4].map((n) => `${process.pid}-${n}`)
const isRight = mine().join() === expected.join()
process.stdout.write(
  isRight
    ? 'the 3 orders that were paid are shipped, the one that was refused is not\n'
    : `NOT RIGHT: shipped ${mine().join(', ')} and not ${expected.join(', ')}\n`,
)
process.exitCode = isRight ? 0 : 1
