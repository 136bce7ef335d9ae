import type { Command } from 'commander'
import { Option } from 'commander'
import { type DumpItem, type DumpRequest, dumpStore } from '../../store/index.ts'
import { type BodyForm, jsonOfItem, textOfItem } from './dump-text.ts'
import { writeLines } from './output.ts'
import { configOption, countArgument, inUseOption, storeArgument, storeSettings } from './store-options.ts'

interface DumpFlags {
  readonly log?: true
  readonly topic?: string
  readonly queue?: number
  readonly key?: string
  readonly messageId?: string
  readonly index?: true
  readonly checkpoint?: true
  readonly from?: number
  readonly limit?: number
  readonly body: BodyForm
  readonly json?: true
  readonly config?: string
  readonly evenInUse?: true
}

const HELP = `
Without options: the whole store at a glance. A directory below damaged/ shows the records that a recovery saved.
Changes nothing. Exit code 0: done; 1: it failed; 2: wrong usage.

  rocketstream store dump ~/store --log --from 0 --limit 10
  rocketstream store dump ~/store --topic orders --queue 0 --json
  rocketstream store dump ~/store --topic orders --key order-17`

/** `store dump DIR`. */
export function dumpCommand(command: Command): Command {
  return command
    .argument('<dir>', 'storePathRootDir of the broker, or a folder below its damaged/', storeArgument(true))
    .option('--log', 'records of the log in order')
    .option('--topic <topic>', 'messages of a topic, queue by queue')
    .addOption(new Option('--queue <id>', 'of --topic: one queue').argParser(countArgument))
    .option('--key <key>', 'of --topic: messages with that key or unique id')
    .option('--message-id <id>', 'the message with that id')
    .option('--index', 'the index files')
    .option('--checkpoint', 'the checkpoint')
    .addOption(
      new Option('--from <offset>', 'of --log: log position; of --topic: queue offset').argParser(countArgument),
    )
    .addOption(new Option('--limit <n>', 'show no more than so many').argParser(countArgument))
    .addOption(new Option('--body <form>', 'how bodies are shown').choices(['full', 'none']).default('full'))
    .option('--json', 'one JSON object a line')
    .addOption(configOption())
    .addOption(inUseOption())
    .addHelpText('after', HELP)
    .action(async (directory: string, flags: DumpFlags) => {
      const request = requestOf(flags, (reason) => command.error(`error: ${reason}`, { exitCode: 2 }))
      const options = { ...(await storeSettings(flags.config)), evenInUse: flags.evenInUse === true }
      await writeLines(linesOf(dumpStore(directory, request, options), flags))
    })
}

function requestOf(flags: DumpFlags, refuse: (reason: string) => never): DumpRequest {
  const { log, topic, queue: queueId, key, messageId, index, checkpoint, from } = flags
  const chosen = [
    log === true && '--log',
    topic !== undefined && '--topic',
    messageId !== undefined && '--message-id',
    index === true && '--index',
    checkpoint === true && '--checkpoint',
  ].filter((name) => name !== false)
  if (chosen.length > 1) refuse(`${chosen.join(' and ')} cannot be shown at once`)
  if (topic === undefined && (queueId !== undefined || key !== undefined)) refuse('--queue and --key need --topic')
  if (queueId !== undefined && key !== undefined) refuse('--queue and --key cannot be given at once')
  if (from !== undefined && log !== true && (topic === undefined || key !== undefined)) {
    refuse('--from needs --log, or --topic without --key')
  }
  if (log === true) return { show: 'log', from }
  if (topic !== undefined && key !== undefined) return { show: 'key', topic, key }
  if (topic !== undefined) return { show: 'queue', topic, queueId, from }
  if (messageId !== undefined) return { show: 'message', messageId }
  if (index === true) return { show: 'index' }
  return { show: checkpoint === true ? 'checkpoint' : 'summary' }
}

async function* linesOf(items: AsyncIterable<DumpItem>, flags: DumpFlags): AsyncGenerator<string> {
  const { limit = Number.POSITIVE_INFINITY, body, json } = flags
  let shown = 0
  if (limit === 0) return
  for await (const item of items) {
    if (json === true) yield jsonOfItem(item, body)
    else yield* textOfItem(item, body)
    shown++
    if (shown >= limit) return
  }
}
