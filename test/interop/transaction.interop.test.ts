import { expect } from 'vitest'
import { fourWays, type JudgeLine, type Way } from './kit/index.ts'

// Open transactions are asked about every second, from two seconds of age on. Ends are recorded faster than that: a
// broker that was not told of its own record in time asks again, and an Apache broker then delivers twice.
const ways = await fourWays({
  brokerConf: { transactionTimeOut: '2000', transactionCheckInterval: '1000', transactionOpBatchInterval: '100' },
})

const transact = (way: Way, ...more: readonly string[]): readonly string[] => [
  'transact',
  '--topic',
  `Transact-${way.name}`,
  '--group',
  `P-${way.name}`,
  '--size',
  '1',
  '--timeout-ms',
  '30000',
  ...more,
]
const consume = (way: Way, ...more: readonly string[]): readonly string[] => [
  'consume',
  '--topic',
  `Transact-${way.name}`,
  '--group',
  `C-${way.name}`,
  '--from',
  'first',
  '--timeout-ms',
  '30000',
  ...more,
]
/** What a driver said of each send or check, without what differs by nature. */
const facts = (lines: readonly JudgeLine[], kind: 'sent' | 'checked'): readonly string[] =>
  lines
    .filter((line) => line[kind] !== undefined)
    .map((line) => `${line[kind]} ${line['state']} ${line['status'] ?? line['times']} ${line['hasTransactionId']}`)
    .sort()
const idsOf = (lines: readonly JudgeLine[]): readonly string[] => lines.flatMap(({ id }) => id ?? []).sort()

ways.scenario('committed messages are seen and rolled back ones are not', async (way) => {
  const sending = way.producer(transact(way, '--count', '6', '--local', 'commit,rollback'))
  const { sent, executed } = await sending.done
  const consumer = way.consumer(consume(way, '--expect', '3', '--idle-ms', '1500'))
  const { received, duplicates } = await consumer.done
  expect(idsOf(consumer.lines)).toEqual(['m-0', 'm-2', 'm-4'])
  return { sent, executed, received, duplicates, sends: facts(sending.lines, 'sent') }
})

ways.scenario('what is left open is asked about until it is decided', async (way) => {
  const local = ['--local', 'unknown,throw', '--check', 'unknown,commit']
  const sending = way.producer(transact(way, '--count', '2', ...local, '--expect-checks', '2'))
  const { executed, checkedMessages, decidedByCheck } = await sending.done
  const consumer = way.consumer(consume(way, '--expect', '2', '--idle-ms', '2500'), 1)
  const { received, duplicates } = await consumer.done
  expect(idsOf(consumer.lines)).toEqual(['m-0', 'm-1'])
  const [sends, checks] = [facts(sending.lines, 'sent'), facts(sending.lines, 'checked')]
  return { executed, checkedMessages, decidedByCheck, received, duplicates, sends, checks }
})

ways.scenario('another member of the group answers for a producer that was killed', async (way) => {
  const dying = way.producer(transact(way, '--count', '2', '--local', 'unknown', '--expect-checks', '99'))
  await dying.until(() => facts(dying.lines, 'sent').length === 2, 30_000)
  dying.kill('SIGKILL')
  await dying.ended
  // A Java producer is known to a broker only when it has sent something there.
  const own = ['--prefix', 'own', '--local', 'rollback']
  const member = way.consumer(transact(way, ...own, '--check', 'commit', '--expect-checks', '2'), 1)
  const { decidedByCheck } = await member.done
  const consumer = way.consumer(consume(way, '--expect', '2', '--idle-ms', '1500'))
  const { unique } = await consumer.done
  expect(idsOf(consumer.lines)).toEqual(['m-0', 'm-1'])
  return { decidedByCheck, unique }
})
