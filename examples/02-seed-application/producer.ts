/** A producer that knows nothing of the service: plain messages to both topics. */
import { openClient } from 'rocketstream/client'

/** Sends three messages to each topic; gives what it sent. */
export async function produce(nameServer: string, run: string): Promise<Record<'input' | 'input2', string[]>> {
  const client = await openClient({ nameServer })
  const producer = await client.producer({ group: 'producer_group' })
  const sent: Record<'input' | 'input2', string[]> = { input: [], input2: [] }
  for (let i = 0; i < 3; i++) {
    const text = `( ${i} )message from mq_rmqdemo producer ${run}：【test-topic1】`
    await producer.send({ topic: 'test-topic', tag: 'tagStr', body: Buffer.from(text) })
    sent.input.push(text)
    const text2 = `( ${i} )message from mq_rmqdemo producer ${run}：【test-topic2】`
    await producer.send({ topic: 'test-topic2', tag: 'tagStr', body: Buffer.from(text2) })
    sent.input2.push(text2)
  }
  process.stdout.write('Send Finished.\n')
  await client[Symbol.asyncDispose]()
  return sent
}
