import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'
import type { ConfigTable } from '../../src/base/config/index.ts'
import { rocketmqBinder } from '../../src/binder/index.ts'
import { LIVE_KEYS } from '../../src/broker/admin/live-keys.ts'
import { brokerConfig } from '../../src/broker/index.ts'
import type { AdminCommand } from '../../src/cli/admin/admin-command.ts'
import { ADMIN_COMMANDS } from '../../src/cli/admin/commands.ts'
import { kebabKey } from '../../src/framework/config/names.ts'
import {
  bindingSettings,
  consumerSettings,
  pollerSettings,
  producerSettings,
  serviceSettings,
} from '../../src/framework/config/stream-settings.ts'
import type { OldKeys } from '../../src/framework/index.ts'
import { namesrvConfig } from '../../src/namesrv/index.ts'
import { ROOT, sources } from './sources.ts'
import { storeFormatPage } from './store-format.ts'

// These pages are written from the code: `npm run docs` renews them, and this test fails when that was forgotten.

test('docs/errors.md is up to date', async () => {
  const rows = sources()
    .filter((file) => file.path.endsWith('errors.ts'))
    .flatMap((file) => messagesOf(file.path).map(([code, text]) => ({ code, room: file.room, text })))
    .sort((left, right) => (left.code < right.code ? -1 : 1))
  const lines = rows.map(({ code, room, text }) => `| \`${code}\` | ${room} | ${text.replaceAll('|', '\\|')} |`)
  const page = [
    '# Error codes',
    '',
    'Every error that rocketstream throws has a `code`; match it, not the class. `details` has the values of the message.',
    'Written from the code by `npm run docs`.',
    '',
    '| Code | Room | Message |',
    '|---|---|---|',
    ...lines,
    '',
  ]
  await expect(page.join('\n')).toMatchFileSnapshot('../../docs/errors.md')
})

test('docs/configuration.md is up to date', async () => {
  const page = [
    '# Configuration',
    '',
    'Written from the code by `npm run docs`. `application.properties` and its relatives say how an application is bound;',
    '`broker.conf` and the name server’s file have the keys of Apache RocketMQ.',
    '',
    ...applicationSections(),
    ...section('Broker', brokerConfig),
    ...section('Name server', namesrvConfig, { shown: { kvConfigPath: '~/namesrv/kvConfig.json' } }),
  ]
  await expect(page.join('\n')).toMatchFileSnapshot('../../docs/configuration.md')
})

test('docs/admin.md is up to date', async () => {
  const page = [
    '# Looking after a cluster',
    '',
    '`rocketstream admin <command>` and `mqadmin <command>` are the same: Apache’s commands with their flags and columns, for',
    'clusters of Apache’s servers and of ours. The name servers are those of `-n`, else of `$NAMESRV_ADDR`, else',
    '`127.0.0.1:9876`. Exit code 0: done; 1: it failed, and standard error says why; 2: wrong usage. What Apache’s tool prints in',
    'the order of a hash table is sorted here, and routes are standard JSON.',
    'Programs do the same by `openAdmin` of `rocketstream/admin`. Written from the code by `npm run docs`.',
    '',
    '| Command | Flags (required ones in bold) | What it does |',
    '|---|---|---|',
    ...ADMIN_COMMANDS.map((one) => `| \`${one.name}\` | ${flagsOf(one)} | ${one.description} |`),
    '',
    '## Settings that count at once',
    '',
    '`updateBrokerConfig` changes any setting in memory and in the broker’s file. These count at once, all others after a restart',
    `(the tool says which): ${[...LIVE_KEYS].map((key) => `\`${key}\``).join(', ')}.`,
    'Keys in `configBlackList` are refused, as are values that do not fit; keys that mean something only to Apache’s broker are',
    'accepted and have no effect.',
    '',
  ]
  await expect(page.join('\n')).toMatchFileSnapshot('../../docs/admin.md')
})

test('docs/store-format.md is up to date', async () => {
  await expect(await storeFormatPage()).toMatchFileSnapshot('../../docs/store-format.md')
})

function flagsOf({ flags, oneOf = [] }: AdminCommand): string {
  const name = (short: string | undefined, long: string): string =>
    short === undefined ? `--${long}` : `-${short} --${long}`
  const shown = flags.map(({ short, long, required }) => {
    const text = `\`${name(short, long)}\``
    return required === true ? `**${text}**` : oneOf.includes(long) ? `${text}¹` : text
  })
  return shown.join(', ') + (oneOf.length > 0 ? ' (¹ one of these)' : '')
}

/** All keys below `spring.cloud.stream`; a name is written `<name>`. */
function applicationSections(): string[] {
  const { binder, consumer, producer, oldConsumerKeys, oldProducerKeys } = rocketmqBinder.tables
  const kebab = (prefix: string) => (key: string) => kebabKey(`${prefix}.${key}`)
  const stream = 'spring.cloud.stream'
  const own = `${stream}.rocketmq.bindings.<name>`
  return [
    ...section('Application', serviceSettings, { name: kebab(stream) }),
    ...section('Pollers', pollerSettings, { name: kebab(`${stream}.poller`) }),
    ...section('Bindings', bindingSettings, { name: kebab(`${stream}.bindings.<name>`) }),
    ...section('Inputs', consumerSettings, { name: kebab(`${stream}.bindings.<name>.consumer`) }),
    ...section('Outputs', producerSettings, { name: kebab(`${stream}.bindings.<name>.producer`) }),
    ...section('RocketMQ', binder, { name: kebab(`${stream}.rocketmq.binder`) }),
    ...section('Inputs from RocketMQ', consumer, { name: kebab(`${own}.consumer`), old: oldConsumerKeys }),
    ...section('Outputs to RocketMQ', producer, { name: kebab(`${own}.producer`), old: oldProducerKeys }),
  ]
}

interface SectionOptions {
  /** Defaults that depend on the machine. */
  readonly shown?: Readonly<Record<string, string>>
  /** How a key is written in a file. */
  readonly name?: (key: string) => string
  /** Names by which a key is understood, too. */
  readonly old?: OldKeys | undefined
}

function section(title: string, table: ConfigTable<object>, options: SectionOptions = {}): string[] {
  const { shown = {}, name = (key: string) => key, old = {} } = options
  const settings = table.settings as Readonly<Record<string, { readonly default: unknown; readonly doc: string }>>
  const rows = Object.entries(settings).map(([key, setting]) => {
    const aliases = Object.entries(old).flatMap(([oldKey, target]) => (target.key === key ? [`\`${oldKey}\``] : []))
    const doc = `${setting.doc}${aliases.length === 0 ? '' : ` Also: ${aliases.join(', ')}.`}`
    return `| \`${name(key)}\` | ${shown[key] ?? String(setting.default)} | ${doc.replaceAll('|', '\\|')} |`
  })
  return [`## ${title}`, '', '| Key | Default | Meaning |', '|---|---|---|', ...rows, '']
}

/** Code → message of one table of errors, values shown as ‹name›. */
function messagesOf(path: string): [code: string, text: string][] {
  const source = ts.createSourceFile(path, readFileSync(join(ROOT, path), 'utf8'), ts.ScriptTarget.Latest, true)
  const found: [string, string][] = []
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) && ts.isIdentifier(node.name) && node.name.text.startsWith('RMQ_')) {
      if (ts.isArrowFunction(node.initializer)) found.push([node.name.text, textOf(node.initializer.body)])
      return
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

function textOf(node: ts.Node): string {
  if (ts.isStringLiteralLike(node)) return node.text
  if (ts.isParenthesizedExpression(node)) return textOf(node.expression)
  if (ts.isBinaryExpression(node)) return textOf(node.left) + textOf(node.right)
  if (ts.isConditionalExpression(node)) return textOf(node.whenTrue) || textOf(node.whenFalse)
  if (ts.isTemplateExpression(node)) {
    return node.head.text + node.templateSpans.map((span) => textOf(span.expression) + span.literal.text).join('')
  }
  if (ts.isPropertyAccessExpression(node)) return `‹${node.name.text}›`
  const named = /\bd\.(\w+)/.exec(node.getText())
  return named === null ? '…' : `‹${named[1]}›`
}
