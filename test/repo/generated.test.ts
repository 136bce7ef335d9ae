import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'
import type { ConfigTable } from '../../src/base/config/index.ts'
import { LIVE_KEYS } from '../../src/broker/admin/live-keys.ts'
import { brokerConfig } from '../../src/broker/index.ts'
import type { AdminCommand } from '../../src/cli/admin/admin-command.ts'
import { ADMIN_COMMANDS } from '../../src/cli/admin/commands.ts'
import { namesrvConfig } from '../../src/namesrv/index.ts'
import { ROOT, sources } from './sources.ts'

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
    '# Configuration of the servers',
    '',
    'Keys of `broker.conf` and of the name server’s file, as in Apache RocketMQ. Written from the code by `npm run docs`.',
    '',
    ...section('Broker', brokerConfig),
    ...section('Name server', namesrvConfig, { kvConfigPath: '~/namesrv/kvConfig.json' }),
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

function flagsOf({ flags, oneOf = [] }: AdminCommand): string {
  const name = (short: string | undefined, long: string): string =>
    short === undefined ? `--${long}` : `-${short} --${long}`
  const shown = flags.map(({ short, long, required }) => {
    const text = `\`${name(short, long)}\``
    return required === true ? `**${text}**` : oneOf.includes(long) ? `${text}¹` : text
  })
  return shown.join(', ') + (oneOf.length > 0 ? ' (¹ one of these)' : '')
}

function section<Config extends object>(
  title: string,
  table: ConfigTable<Config>,
  shown: Readonly<Record<string, string>> = {},
): string[] {
  const rows = Object.entries(table.settings as Record<string, { default: unknown; doc: string }>).map(
    ([key, setting]) =>
      `| \`${key}\` | ${shown[key] ?? String(setting.default)} | ${setting.doc.replaceAll('|', '\\|')} |`,
  )
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
