import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openAdmin } from 'rocketstream/admin'
import { afterAll, expect, test } from 'vitest'
import { until } from '../kit/until.ts'
import { fourWays, judge, type Way } from './kit/index.ts'

/**
 * Apache's mqadmin and ours run the same commands on Apache's server and on ours. What they print is compared twice:
 * each tool on the two servers, and the two tools on each server.
 */
const ways = await fourWays({ brokerConf: { traceTopicEnable: 'true' } })
const scripts = mkdtempSync(join(tmpdir(), 'rocketstream-admin-'))
afterAll(() => rmSync(scripts, { recursive: true, force: true }))

type Printed = Readonly<Record<string, readonly string[]>>
/** What was printed: server, tool and scenario → command → lines. */
const all = new Map<string, Printed>()
const ADDRESS = /127\.0\.0\.1:\d+/g

/** Runs commands; words of `ids` stand for what is known only now. */
async function run(
  way: Way,
  scenario: string,
  lines: readonly string[],
  ids: Readonly<Record<string, string>> = {},
): Promise<Printed> {
  const file = join(scripts, `${way.name}.tsv`)
  const { brokerAddress: broker } = way.server
  const words = { ...ids, NAME: way.name, BROKER: broker }
  const filled = lines.map((line) =>
    Object.entries(words).reduce((text, [word, value]) => text.replaceAll(word, value), line),
  )
  writeFileSync(file, `${filled.map((line) => line.replaceAll(' ', '\t')).join('\n')}\n`)
  const tool = way.producer(['mqadmin', '--script', file])
  expect(await tool.done).toEqual({ commands: lines.length })
  const printed: Printed = Object.fromEntries(
    tool.lines.map((line, at) => [`${at} ${lines[at]}`, normal(String(line['printed']), way)]),
  )
  all.set(`${way.server.name} ${way.clients} ${scenario}`, printed)
  return printed
}

/**
 * Lines without what differs by nature: names of this run, addresses, times, ids, rates, and the order of hash tables.
 */
function normal(text: string, way: Way): string[] {
  if (text.includes('RMQ_ADMIN_NO_MESSAGE')) return ['refused with 208']
  const refused = /CODE: (\d+) {2}DESC|was refused by \S+ with (?:\w+\((\d+)\)|code (\d+))/.exec(text)
  if (refused !== null && !text.includes('MessageTrack'))
    return [`refused with ${refused[1] ?? refused[2] ?? refused[3]}`]
  const plain = text
    .replaceAll(way.name, 'NAME')
    // One of the commands of mqadmin prints them without a line end.
    .replaceAll('MessageTrack [', '\nMessageTrack [')
    // Apache counts a topic as a group that reads it once a heartbeat left the subscriptions out.
    .replaceAll(/MessageTrack \[consumerGroup=T-NAME[^\]]*\]/g, '')
    .replaceAll(ADDRESS, 'ADDRESS')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(,\d{3})?/g, 'TIME')
    .replaceAll(/\b\d{13}\b/g, 'MS')
    .replaceAll(/\b[0-9A-F]{32,56}/g, 'ID')
    .replaceAll(/\b\d[\d.]*@\S+/g, 'CLIENT')
    .replaceAll(/\b\d+\.\d+/g, 'RATE')
    .replaceAll(/\b\d+ms\b/g, 'COST')
    // What waits at a broker in the moment it is asked: requests, and timer messages that it has not looked at yet.
    .replaceAll(/\d+,COST/g, 'WAITING,COST')
    .replaceAll(/\b\d+-\d+(?=\(RATEw)/g, 'BEHIND')
    .replaceAll(/(CommitLog Offset: +)\d+/g, '$1POSITION')
    .replaceAll(/(?<=Properties: +\{).*(?=\})/g, (map) => map.split(', ').sort().join(', '))
  const rows = plain.split('\n').filter((line) => line.trim() !== '')
  // Head lines count with their blanks: they are where the columns stand.
  return rows.map((line) => (line.startsWith('#') ? line.trimEnd() : line.replaceAll(/\s+/g, ' ').trim())).sort()
}

const MOVES = [
  'updateSubGroup -c DefaultCluster -g G-NAME',
  'resetOffsetByTime -g G-NAME -t T-NAME -s now',
  'resetOffsetByTime -g G-NAME -t T-NAME -s 0',
  'consumerProgress -g G-NAME -t T-NAME',
  'resetOffsetByTime -g G-NAME -t T-NAME -s now -b BROKER -q 1 -o 3',
  'skipAccumulatedMessage -g G-NAME -t T-NAME',
  'consumerProgress -g G-NAME -t T-NAME',
  'resetOffsetByTime -g nobody-NAME -t T-NAME -s now',
]

/** Only one by unique key: mqadmin's command keeps its first client, so in one JVM it finds nothing the second time. */
const FINDS = [
  'queryMsgByKey -t T-NAME -k k1',
  'queryMsgByKey -t T-NAME -k k2 -m 1 -b 0 -c DefaultCluster',
  'queryMsgByKey -t T-NAME -k k1 -b 0 -e 1',
  'queryMsgByUniqueKey -t T-NAME -i LARGE -a',
  'queryMsgById -t T-NAME -i OFFSET -f UTF-8',
  'queryMsgById -t T-NAME -i UNIQUE,LARGE',
  'queryMsgById -t T-NAME -i NOTHING',
  'queryMsgById -t T-NAME -i OFFSET -s true',
  'queryMsgTraceById -i UNIQUE',
  'queryMsgTraceById -i UNIQUE -t RMQ_SYS_TRACE_TOPIC -b 0 -e 1',
  'queryMsgTraceById -i NOTHING',
]

ways.scenario(
  'topics, groups and settings are administered',
  (way) =>
    run(way, 'administered', [
      'updateTopic -c DefaultCluster -t T-NAME -r 4 -w 4',
      'updateTopic -b BROKER -t T-NAME -r 4 -w 4 -p 6',
      'updateTopic -c DefaultCluster -t TBW102',
      'updateTopic -b BROKER -t A-NAME -a +message.type=FIFO',
      'updateTopic -b BROKER -t B-NAME -a +nonsense=1',
      'topicRoute -t T-NAME -l',
      'topicRoute -t nowhere-NAME',
      'topicClusterList -t T-NAME',
      'sendMessage -t T-NAME -p hello -c tag -k key -b broker-a -i 2',
      'topicStatus -t T-NAME',
      'updateTopicPerm -c DefaultCluster -t T-NAME -p 4',
      'topicRoute -t T-NAME -l',
      'updateTopicPerm -b BROKER -t T-NAME -p 6',
      'updateTopicPerm -b BROKER -t T-NAME -p 6',
      'updateTopicPerm -b 127.0.0.1:1 -t T-NAME -p 6',
      'updateSubGroup -c DefaultCluster -g G-NAME -r 3 -o true -a false',
      'updateSubGroup -b BROKER -g H-NAME -s false',
      'deleteSubGroup -b BROKER -g H-NAME -r true',
      'deleteSubGroup -c DefaultCluster -g G-NAME',
      'consumerProgress -g G-NAME',
      'consumerConnection -g G-NAME',
      'consumerConnection -g G-NAME -b BROKER',
      'producerConnection -g P-NAME -t T-NAME',
      'producer -b BROKER',
      'updateBrokerConfig -b BROKER -k rejectPullConsumerEnable -v false',
      'updateBrokerConfig -b BROKER -k configBlackList -v x',
      'updateNamesrvConfig -k orderMessageEnable -v false',
      'updateNamesrvConfig -k kvConfigPath -v x',
      'updateKvConfig -s N-NAME -k k -v v',
      'deleteKvConfig -s N-NAME -k k',
      'wipeWritePerm -b broker-b',
      'addWritePerm -b broker-b',
      'deleteExpiredCommitLog -b BROKER',
      'deleteExpiredCommitLog -c DefaultCluster',
      'deleteExpiredCommitLog',
      'cleanExpiredCQ -b BROKER',
      'cleanExpiredCQ',
      'cleanUnusedTopic -b BROKER',
      'cleanUnusedTopic -c DefaultCluster',
      'deleteTopic -c DefaultCluster -t T-NAME',
      'deleteTopic -c DefaultCluster -t TBW102',
      'topicRoute -t T-NAME',
    ]),
  { clients: ['java', 'ours'] },
)

ways.scenario(
  'a group that consumes is looked at',
  async (way) => {
    if (!ways.kit.available) throw new Error('Java is not here.')
    const { namesrvAddress: nameServer } = way.server
    const where = ['--topic', `T-${way.name}`, '--namesrv', nameServer]
    const group = `G-${way.name}`
    const consume = ['consume', ...where, '--group', group, '--expect', '1000', '--timeout-ms', '300000']
    expect(await judge(ways.kit, '5.3.3', ['create-topic', ...where, '--queues', '4']).done).toMatchObject({
      queues: 4,
    })
    const consumer = judge(ways.kit, '5.3.3', consume)
    await consumer.ready
    expect(await judge(ways.kit, '5.3.3', ['produce', ...where, '--count', '40']).done).toMatchObject({ sent: 40 })
    await using admin = openAdmin({ nameServer })
    const committed = async (): Promise<boolean> => {
      const { queues } = await admin.groups.progress(group, `T-${way.name}`)
      return queues.length === 4 && queues.every(({ consumerOffset }) => consumerOffset === 10)
    }
    await until('all 40 messages are consumed and committed', committed, 60_000)
    const printed = await run(way, 'looked at', [
      'consumerProgress -g G-NAME',
      'consumerProgress -g G-NAME -t T-NAME',
      'consumerProgress -g G-NAME -t T-NAME -s true',
      'consumerConnection -g G-NAME',
      'topicStatus -t T-NAME',
      'statsAll -t T-NAME',
      'clusterList',
      'clusterList -m -c nowhere',
      'brokerConsumeStats -b BROKER -l 1000000',
      'cloneGroupOffset -s G-NAME -d D-NAME -t T-NAME',
    ])
    consumer.kill()
    await consumer.ended
    return printed
  },
  {
    clients: ['java', 'ours'],
    explained: {
      '5 statsAll -t T-NAME':
        'Apache also counts a topic as a group that reads it once a heartbeat left the subscriptions out; and samples are taken at other moments',
      '8 brokerConsumeStats -b BROKER -l 1000000':
        'totals are over all groups, and of a topic whose queues differ Apache counts the queues to write',
    },
  },
)

const READ_ONLY = ['topicList', 'topicList -c', 'consumerProgress', 'getNamesrvConfig', 'getBrokerConfig -b BROKER']

ways.scenario(
  'what there is, is listed',
  async (way) => {
    const printed = await run(way, 'listed', [...READ_ONLY, 'brokerStatus -b BROKER', 'brokerStatus -c DefaultCluster'])
    const keys = (printed[`${READ_ONLY.length} brokerStatus -b BROKER`] ?? []).map((line) => line.split(/ ?: /)[0])
    // The one key with a path in it says where the commit log is.
    return { keys: keys.filter((key) => key?.startsWith('commitLogDiskRatio_') !== true) }
  },
  { clients: ['java', 'ours'] },
)

ways.scenario(
  'progress is moved',
  async (way) => {
    const where = ['--topic', `T-${way.name}`, '--namesrv', way.server.namesrvAddress]
    if (!ways.kit.available) throw new Error('Java is not here.')
    await judge(ways.kit, '5.3.3', ['create-topic', ...where, '--queues', '2']).done
    await judge(ways.kit, '5.3.3', ['produce', ...where, '--count', '10']).done
    return run(way, 'moved', MOVES)
  },
  { clients: ['java', 'ours'] },
)

ways.scenario(
  'messages are found, and what became of them',
  async (way) => {
    if (!ways.kit.available) throw new Error('Java is not here.')
    const { namesrvAddress: nameServer } = way.server
    const [topic, group] = [`T-${way.name}`, `G-${way.name}`]
    const where = ['--topic', topic, '--namesrv', nameServer]
    await judge(ways.kit, '5.3.3', ['create-topic', ...where, '--queues', '1']).done
    const sender = judge(ways.kit, '5.3.3', ['traced-send', ...where, '--group', `P-${way.name}`])
    await sender.done
    await judge(ways.kit, '5.3.3', ['traced-consume', ...where, '--group', `C-${way.name}`]).done
    await judge(ways.kit, '5.3.3', ['produce', ...where, '--count', '1', '--keys', 'z-', '--size', '9000']).done
    const consume = [
      'consume',
      ...where,
      '--group',
      group,
      '--from',
      'first',
      '--expect',
      '9',
      '--timeout-ms',
      '300000',
    ]
    const consumer = judge(ways.kit, '5.3.3', consume)
    await using admin = openAdmin({ nameServer })
    const [large] = await admin.messages.byKey(topic, 'z-0')
    const committed = async (): Promise<boolean> => {
      const progress = await admin.groups.progress(group, topic).catch(() => undefined)
      return progress?.queues.every(({ consumerOffset }) => consumerOffset === 3) === true
    }
    await until('all three messages are consumed and committed', committed, 60_000)
    const plain = sender.lines.find(({ id }) => id === 'plain')
    const ids = {
      UNIQUE: String(plain?.['msgId']),
      OFFSET: String(plain?.['offsetMsgId']),
      LARGE: String(large?.messageId),
      NOTHING: '0'.repeat(32),
    }
    const printed = await run(way, 'found', FINDS, ids)
    consumer.kill()
    await consumer.ended
    return printed
  },
  { clients: ['java', 'ours'] },
)

const UNLIKE: Readonly<Record<string, string>> = {
  'updateTopic -b BROKER -t A-NAME -a +message.type=FIFO': 'mqadmin prints the sign of a change as a part of its key',
  consumerProgress: 'rates go on between the two',
  'statsAll -t T-NAME': 'samples are taken at other moments',
  'brokerStatus -b BROKER': 'counts go on between the two',
  'brokerStatus -c DefaultCluster': 'counts go on between the two',
  'brokerConsumeStats -b BROKER -l 1000000': 'totals go on between the two',
}

test.skipIf(!ways.kit.available)('both tools print the same of the same server', () => {
  const differences: string[] = []
  for (const [key, java] of all) {
    const [server, tool, ...scenario] = key.split(' ')
    if (tool !== 'java') continue
    const ours = all.get([server, 'ours', ...scenario].join(' ')) ?? {}
    for (const [command, lines] of Object.entries(java)) {
      const name = command.slice(command.indexOf(' ') + 1)
      if (JSON.stringify(lines) === JSON.stringify(ours[command]) || UNLIKE[name] !== undefined) continue
      differences.push(
        `${server}: ${command}:\n  mqadmin: ${lines.join('\n           ')}\n  ours:    ${ours[command]?.join('\n           ')}`,
      )
    }
  }
  for (const line of differences) console.info(line)
  expect(differences).toEqual([])
})
